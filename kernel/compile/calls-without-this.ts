/**
 * Calls what an earlier cell has declared as it is written, without a `this`. tslab writes `exports.serve()` for `serve()`,
 * which hands the function all names of all cells as its `this`.
 */
import ts from "typescript";

/** Due after tslab's own. */
export const callsWithoutThis: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const visit = (node: ts.Node): ts.Node => {
    const visited = ts.visitEachChild(node, visit, context);
    const isCall = ts.isCallExpression(visited);
    if (!isCall && !ts.isTaggedTemplateExpression(visited)) return visited;
    const name = nameIn(isCall ? visited.expression : visited.tag);
    if (!name) return visited;
    const { typeArguments } = visited;
    return isCall
      ? factory.updateCallExpression(visited, bare(name), typeArguments, visited.arguments)
      : factory.updateTaggedTemplateExpression(
          ...[visited, bare(name), typeArguments, visited.template],
        );
  };
  /** Errors name the place where the name begins, as of every call. */
  const bare = (name: ts.MemberName) => {
    const exported = factory.createPropertyAccessExpression(
      factory.createIdentifier("exports"),
      name.text,
    );
    const last = factory.createComma(factory.createNumericLiteral(0), exported);
    const placed = ts.setTextRange(factory.createParenthesizedExpression(last), name);
    return ts.setEmitFlags(placed, ts.EmitFlags.NoTrailingSourceMap);
  };
  return (file) => ts.visitEachChild(file, visit, context);
};

/** The name that the reader wrote, where the exports object is asked for it. */
function nameIn(callee: ts.Expression): ts.MemberName | undefined {
  const node = withoutAround(callee);
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const { expression, name } = node;
  // It stands in no text.
  return expression.text === "exports" && expression.pos < 0 ? name : undefined;
}

/** What stands in parentheses, or what was there before a type was taken away. */
function withoutAround(node: ts.Expression): ts.Expression {
  const isAround = ts.isParenthesizedExpression(node) || ts.isPartiallyEmittedExpression(node);
  return isAround ? withoutAround(node.expression) : node;
}
