/**
 * Lets an interrupt end what waits: what has waited when it came does not run on, should the wait ever end.
 *
 * `await value` becomes `__awaited(__awaiting(), await value)`. What begins to wait only after the interrupt, as in a
 * `finally`, is left alone.
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
    const visited = ts.visitEachChild(node, visit, context);
    if (ts.isAwaitExpression(visited)) return call(AWAITED, [call(AWAITING, []), visited]);
    if (!ts.isForOfStatement(visited) || !visited.awaitModifier) return visited;
    const { awaitModifier, initializer, expression, statement } = visited;
    return factory.updateForOfStatement(
      ...[visited, awaitModifier, initializer, expression, guarded(statement)],
    );
  };
  return (file) => ts.visitEachChild(file, visit, context);
};
