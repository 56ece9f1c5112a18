/**
 * What a cell is beside a module: a part of a longer program, and an expression with a value.
 *
 * - Its top-level variables are exported where they are declared. TypeScript then reads and writes them through the
 *   exports object everywhere, and a function of this cell sees what a later cell assigns.
 * - The value of its last expression, unless a semicolon ends it, is exported under a name that is the same in every
 *   cell. It is put into an array: bare, an anonymous function would take on that name. (tslab's own way to it does not
 *   see into the block that a cell with `using` becomes.)
 * - A variable that is declared by `var` in a block is a variable of the cell.
 * - Its imports come before all else, as in every module: where one has to wait, nothing has been done yet.
 */
import ts from "typescript";
import { LAST_VALUE } from "./compiled";
import { hoistVariables } from "./hoisted-variables";

export const cellForm: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const exported = (statement: ts.VariableStatement): ts.VariableStatement =>
    factory.updateVariableStatement(
      statement,
      [...(statement.modifiers ?? []), factory.createModifier(ts.SyntaxKind.ExportKeyword)],
      statement.declarationList,
    );
  const kept = (statement: ts.ExpressionStatement): ts.ExpressionStatement => {
    const value = factory.createParenthesizedExpression(statement.expression);
    const boxed = factory.createArrayLiteralExpression([value]);
    const exports = factory.createIdentifier("exports");
    const place = factory.createPropertyAccessExpression(exports, LAST_VALUE);
    const assigned = factory.createExpressionStatement(factory.createAssignment(place, boxed));
    return ts.setTextRange(assigned, statement);
  };
  const without = (statement: ts.ExportDeclaration, names: Set<string>): ts.ExportDeclaration => {
    const { modifiers, isTypeOnly, exportClause, moduleSpecifier, attributes } = statement;
    if (!exportClause || !ts.isNamedExports(exportClause)) return statement;
    const kept = exportClause.elements.filter(({ name }) => !names.has(name.text));
    const clause = factory.updateNamedExports(exportClause, kept);
    return factory.updateExportDeclaration(
      statement,
      modifiers,
      isTypeOnly,
      clause,
      moduleSpecifier,
      attributes,
    );
  };

  return (file) => {
    const hoisted = hoistVariables(file, context);
    const last = hoisted.statements.findLast((statement) => !ts.isExportDeclaration(statement));
    const atTop = new Set(hoisted.statements.filter(isVariable).flatMap(declaredNames));
    const inBlocks = [...hoisted.names].filter((name) => !atTop.has(name));
    const names = new Set([...atTop, ...inBlocks]);
    const statements = hoisted.statements.map((statement) => {
      if (isVariable(statement)) return exported(statement);
      if (statement === last && isShown(statement, file.text)) return kept(statement);
      return ts.isExportDeclaration(statement) ? without(statement, names) : statement;
    });
    const imports = statements.filter(isImport);
    const others = statements.filter((statement) => !isImport(statement));
    const variables = inBlocks.map((name) => factory.createVariableDeclaration(name));
    const declared = factory.createVariableStatement(
      [factory.createModifier(ts.SyntaxKind.ExportKeyword)],
      factory.createVariableDeclarationList(variables),
    );
    const added = variables.length > 0 ? [declared] : [];
    // Of an expression that is the last statement, tslab would make a variable of its own.
    const isHidden = last && ts.isExpressionStatement(last) && !isShown(last, file.text);
    const end = isHidden ? [factory.createEmptyStatement()] : [];
    return factory.updateSourceFile(file, [...imports, ...added, ...others, ...end]);
  };
};

function isImport(statement: ts.Statement): boolean {
  return ts.isImportDeclaration(statement);
}

/** Whether it is an expression that no semicolon ends. */
function isShown(statement: ts.Statement, text: string): statement is ts.ExpressionStatement {
  const { end } = ts.getOriginalNode(statement);
  return ts.isExpressionStatement(statement) && text[end - 1] !== ";";
}

/**
 * The text of a cell that is nothing but an object, as `{ a: 1 }`, with parentheses around it: TypeScript takes it for a
 * block. The first goes into the line that tslab puts in front, so that each place stays what it is for the reader.
 */
export function objectAsExpression(text: string): string {
  const at = text.indexOf("\n");
  const [before, code] = [text.slice(0, at), text.slice(at)];
  return isObject(code) ? `${before}(${code}\n)` : text;
}

function isObject(code: string): boolean {
  if (!/^\s*\{/.test(code)) return false;
  const inParentheses = `(${code}\n)`;
  const { diagnostics = [] } = ts.transpileModule(inParentheses, { reportDiagnostics: true });
  if (diagnostics.length > 0) return false;
  const file = ts.createSourceFile("", inParentheses, ts.ScriptTarget.Latest, true);
  const [statement, ...others] = file.statements;
  if (others.length > 0 || !ts.isExpressionStatement(statement)) return false;
  const { expression } = statement;
  return (
    ts.isParenthesizedExpression(expression) &&
    ts.isObjectLiteralExpression(expression.expression) &&
    expression.expression.properties.length > 0 &&
    !hasPartsOfBlocks(expression)
  );
}

/** TypeScript takes `f()` in an object for a method whose body is missing, and `a = 1` for a part of a pattern. */
function hasPartsOfBlocks(node: ts.Node): boolean {
  const isPart =
    (ts.isMethodDeclaration(node) && !node.body && ts.isObjectLiteralExpression(node.parent)) ||
    (ts.isShorthandPropertyAssignment(node) && node.objectAssignmentInitializer !== undefined);
  return isPart || (ts.forEachChild(node, hasPartsOfBlocks) ?? false);
}

/** `let` or `var`, not yet exported. */
function isVariable(statement: ts.Statement): statement is ts.VariableStatement {
  if (!ts.isVariableStatement(statement) || statement.modifiers?.length) return false;
  const { flags } = statement.declarationList;
  return (flags & ts.NodeFlags.BlockScoped & ~ts.NodeFlags.Let) === 0;
}

function declaredNames({ declarationList }: ts.VariableStatement): string[] {
  const namesIn = (name: ts.BindingName): string[] =>
    ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((element) =>
          ts.isOmittedExpression(element) ? [] : namesIn(element.name),
        );
  return declarationList.declarations.flatMap(({ name }) => namesIn(name));
}
