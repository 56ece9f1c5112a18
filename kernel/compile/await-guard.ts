/**
 * Lets an interrupt end what waits: what has waited when it came does not run on, should the wait ever end.
 *
 * `await value` becomes `__awaited(__awaiting(), await value)`. What begins to wait only after the interrupt, as in a
 * `finally`, is left alone, but for loops: each turn of a loop that waits first calls `__awaited()`.
 */
import ts from "typescript";
import { AWAITED, AWAITING } from "./compiled";

export const awaitGuard: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const call = (name: string, args: ts.Expression[]) =>
    factory.createCallExpression(factory.createIdentifier(name), undefined, args);
  const guarded = (body: ts.Statement): ts.Block => {
    const check = factory.createExpressionStatement(call(AWAITED, []));
    return ts.isBlock(body)
      ? factory.updateBlock(body, [check, ...body.statements])
      : factory.createBlock([check, body]);
  };
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isIterationStatement(node, false) && waits(node)) {
      const { statement } = node;
      const inLoop = (child: ts.Node): ts.Node => {
        const visited = visit(child);
        return child === statement ? guarded(visited as ts.Statement) : visited;
      };
      return ts.visitEachChild(node, inLoop, context);
    }
    const visited = ts.visitEachChild(node, visit, context);
    return ts.isAwaitExpression(visited) ? call(AWAITED, [call(AWAITING, []), visited]) : visited;
  };
  return (file) => ts.visitEachChild(file, visit, context);
};

/** Whether the code waits itself, and not only a function in it. */
function waits(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true;
  return ts.forEachChild(node, (child) => !ts.isFunctionLike(child) && waits(child)) ?? false;
}
