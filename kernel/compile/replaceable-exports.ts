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
  const replaceable = (statement: ts.Statement, defaultImports: ReadonlySet<string>) => {
    const definition = exportDefinition(statement, defaultImports);
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
  return (file) => {
    const defaultImports = namesOfDefaultImports(file);
    const statements = file.statements.map((statement) => replaceable(statement, defaultImports));
    return factory.updateSourceFile(file, statements);
  };
};

interface Definition {
  name: ts.Expression;
  value: ts.Expression;
  /** Whether the value is a function that gets it. */
  isGetter: boolean;
}

/** The parts of `Object.defineProperty(exports, name, { …: value })`, and of the same with a getter. */
function exportDefinition(
  statement: ts.Statement,
  defaultImports: ReadonlySet<string>,
): Definition | undefined {
  if (!ts.isExpressionStatement(statement)) return;
  if (ts.isBinaryExpression(statement.expression))
    return exportOfDefault(statement.expression, defaultImports);
  if (!ts.isCallExpression(statement.expression)) return;
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

/** The parts of `exports.name = name`, where the name is the default import of a module. */
function exportOfDefault(
  { left, right }: ts.BinaryExpression,
  defaultImports: ReadonlySet<string>,
): Definition | undefined {
  const isExport =
    ts.isPropertyAccessExpression(left) &&
    ts.isIdentifier(left.expression) &&
    left.expression.text === "exports" &&
    ts.isIdentifier(right) &&
    defaultImports.has(right.text);
  if (!isExport) return undefined;
  const name = ts.factory.createStringLiteral(left.name.text);
  const value = ts.factory.createArrowFunction(
    ...[undefined, undefined, [], undefined, undefined, right],
  );
  return { name, value, isGetter: true };
}

/** The names of default imports in a module as it was before it became CommonJS. */
function namesOfDefaultImports(file: ts.SourceFile): Set<string> {
  const { statements } = ts.getOriginalNode(file, ts.isSourceFile);
  const names = statements.flatMap((statement) =>
    ts.isImportDeclaration(statement) ? (statement.importClause?.name?.text ?? []) : [],
  );
  return new Set(names);
}
