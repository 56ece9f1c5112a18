/**
 * Has the functions of a cell find its other functions and classes where later cells put theirs: when one is declared
 * anew, earlier functions call the new one, as they see the new value of a `let`.
 */
import ts from "typescript";

/** A function calls itself, and a class names itself, as they were written; so does what runs with the cell. */
export function liveDeclarations(
  cell: ts.SourceFile,
  checker: ts.TypeChecker,
): ts.TransformerFactory<ts.SourceFile> {
  const isReplaceable = (symbol: ts.Symbol | undefined, around: readonly ts.Node[]): boolean =>
    symbol?.declarations?.some(isDeclaredIn(cell)) === true &&
    !symbol.declarations.some((declaration) => around.includes(declaration));

  return (context) => {
    const { factory } = context;
    const exported = (name: string) =>
      factory.createPropertyAccessExpression(factory.createIdentifier("exports"), name);
    /** As a call of a function by its name has no `this`, neither has this one. */
    const withoutThis = (name: ts.Expression) =>
      factory.createParenthesizedExpression(
        factory.createComma(factory.createNumericLiteral(0), name),
      );
    /** @param around the functions and classes that the node is in */
    const visitIn =
      (around: readonly ts.Node[]) =>
      (node: ts.Node): ts.Node => {
        if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node;
        const isInner = ts.isFunctionLike(node) || ts.isClassLike(node);
        const visit = visitIn(isInner ? [...around, ts.getOriginalNode(node)] : around);
        if (!around.some(ts.isFunctionLike)) return ts.visitEachChild(node, visit, context);
        if (ts.isShorthandPropertyAssignment(node)) {
          const symbol = checker.getShorthandAssignmentValueSymbol(node);
          if (!isReplaceable(symbol, around)) return ts.visitEachChild(node, visit, context);
          return factory.createPropertyAssignment(node.name.text, exported(node.name.text));
        }
        if (ts.isIdentifier(node) && isReplaceable(checker.getSymbolAtLocation(node), around)) {
          const isCallee = ts.isCallExpression(node.parent) && node.parent.expression === node;
          return inPlaceOf(node, isCallee ? withoutThis(exported(node.text)) : exported(node.text));
        }
        return ts.visitEachChild(node, visit, context);
      };
    return (file) => ts.visitEachChild(file, visitIn([]), context);
  };
}

function isDeclaredIn(cell: ts.SourceFile): (node: ts.Node) => boolean {
  return (node) =>
    node.parent === cell && (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node));
}

/** Errors name the place where the name begins; the place of its end would be nearer to a call's parenthesis. */
function inPlaceOf(name: ts.Identifier, node: ts.Expression): ts.Expression {
  return ts.setEmitFlags(ts.setTextRange(node, name), ts.EmitFlags.NoTrailingSourceMap);
}
