/**
 * Keeps a cell's exports such that later cells can replace them.
 *
 * For an import that is exported again, TypeScript defines a getter that cannot be replaced; the next cell may declare
 * the same name, and all cells share one exports object. A proxy could undo that, at a cost for every write.
 */
import ts from "typescript";
import { EXPORT_IMPORT } from "./compiled";

export const replaceableExports: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const plain = (statement: ts.Statement): ts.Statement => {
    const definition = exportDefinition(statement);
    if (!definition) return statement;
    const { name, value, isGetter } = definition;
    const exports = factory.createIdentifier("exports");
    const defined = isGetter
      ? factory.createCallExpression(factory.createIdentifier(EXPORT_IMPORT), undefined, [
          ...[exports, name, value],
        ])
      : factory.createAssignment(factory.createElementAccessExpression(exports, name), value);
    return ts.setTextRange(factory.createExpressionStatement(defined), statement);
  };
  return (file) => factory.updateSourceFile(file, file.statements.map(plain));
};

/** The parts of `Object.defineProperty(exports, name, { …: value })`, and of the same with a getter. */
function exportDefinition(
  statement: ts.Statement,
): { name: ts.Expression; value: ts.Expression; isGetter: boolean } | undefined {
  if (!ts.isExpressionStatement(statement) || !ts.isCallExpression(statement.expression)) return;
  const { expression: callee, arguments: args } = statement.expression;
  const [target, name, descriptor] = args;
  const isDefinition =
    ts.isPropertyAccessExpression(callee) &&
    callee.name.text === "defineProperty" &&
    ts.isIdentifier(target) &&
    target.text === "exports" &&
    ts.isObjectLiteralExpression(descriptor);
  const property = isDefinition ? descriptor.properties.at(-1) : undefined;
  if (!property || !ts.isPropertyAssignment(property)) return;
  const value = property.initializer;
  return { name, value, isGetter: ts.isFunctionExpression(value) };
}
