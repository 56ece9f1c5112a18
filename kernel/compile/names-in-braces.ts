/** How a cell's text refers to what earlier cells have declared. */
import * as path from "node:path";
import ts from "typescript";
import { PREVIOUS_CELLS } from "./compiled";

/**
 * Writes names in braces so that tslab, which puts `exports.` before every name that an earlier cell has declared, gets
 * them right. `{ x }` becomes `{ x: exports.x }` where `x` is an earlier cell's: tslab leaves it out there. And the name
 * of a property, as in `const { x: y } = value`, becomes a string where an earlier cell's type declares it: tslab would
 * take it for a variable. What an earlier cell's `declare global` has is no cell's, and stays as it is.
 */
export function namesInBraces(checker: ts.TypeChecker): ts.TransformerFactory<ts.SourceFile> {
  const earlier = (symbol: ts.Symbol | undefined) =>
    (symbol?.declarations ?? []).filter(
      (declaration) => path.basename(declaration.getSourceFile().fileName) === PREVIOUS_CELLS,
    );
  const isEarlier = (symbol: ts.Symbol | undefined) => earlier(symbol).length > 0;
  const isGlobal = (symbol: ts.Symbol | undefined) => earlier(symbol).some(isInGlobalBlock);
  return (context) => {
    const { factory } = context;
    const quoted = (name: ts.Identifier) => factory.createStringLiteral(name.text);
    const isEarlierName = (name: ts.Node | undefined): name is ts.Identifier =>
      name !== undefined && ts.isIdentifier(name) && isEarlier(checker.getSymbolAtLocation(name));
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isShorthandPropertyAssignment(node)) return shorthand(node);
      if (ts.isIdentifier(node) && isGlobal(checker.getSymbolAtLocation(node))) {
        // A new node, of which tslab finds no declaration.
        return ts.setTextRange(factory.createIdentifier(node.text), node);
      }
      const inner = ts.visitEachChild(node, visit, context);
      if (ts.isBindingElement(node) && isEarlierName(node.propertyName)) {
        const { dotDotDotToken, name, initializer } = inner as ts.BindingElement;
        const property = quoted(node.propertyName);
        return factory.createBindingElement(dotDotDotToken, property, name, initializer);
      }
      if (ts.isPropertyAssignment(node) && isEarlierName(node.name)) {
        const { initializer } = inner as ts.PropertyAssignment;
        return factory.createPropertyAssignment(quoted(node.name), initializer);
      }
      return inner;
    };
    const shorthand = (node: ts.ShorthandPropertyAssignment): ts.Node => {
      const symbol = checker.getShorthandAssignmentValueSymbol(node);
      if (!isEarlier(symbol) || isGlobal(symbol)) {
        return ts.visitEachChild(node, visit, context);
      }
      const value = factory.createPropertyAccessExpression(
        factory.createIdentifier("exports"),
        node.name.text,
      );
      const initializer = node.objectAssignmentInitializer;
      return factory.createPropertyAssignment(
        node.name.text,
        initializer
          ? factory.createAssignment(value, ts.visitNode(initializer, visit) as ts.Expression)
          : value,
      );
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };
}

/** Whether the declaration is directly in a `declare global { … }`. */
function isInGlobalBlock(declaration: ts.Node): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const block = statement.parent;
  return ts.isModuleBlock(block) && (block.parent.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
}
