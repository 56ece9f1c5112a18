/**
 * Imports of a default export that there is not. Of a helper of which only the declarations are in the program, TypeScript
 * assumes that it may be no ES module, whose default would be all of it.
 */
import ts from "typescript";
import type { KeptHelpers } from "./kept-helpers";

/** "Module has no default export". */
const NO_DEFAULT = 1192;

export function missingDefaults(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  kept: KeptHelpers,
): ts.Diagnostic[] {
  const hasNone = (specifier: ts.Expression): boolean => {
    const module = checker.getSymbolAtLocation(specifier);
    const [declared] = module?.declarations ?? [];
    if (!module || !declared || !kept.declaredAs(declared.getSourceFile().fileName)) return false;
    const { Default, ExportEquals } = ts.InternalSymbolName;
    return ![Default, ExportEquals].some((name) => module.exports?.has(name));
  };
  return file.statements.flatMap((statement) => {
    const [name, specifier] = defaultIn(statement);
    if (!name || !specifier || !ts.isStringLiteral(specifier) || !hasNone(specifier)) return [];
    const start = name.getStart(file);
    return {
      category: ts.DiagnosticCategory.Error,
      code: NO_DEFAULT,
      messageText: `Module '"${specifier.text}"' has no default export.`,
      ...{ file, start, length: name.end - start },
    };
  });
}

/** Where a statement names the default export of another module, and how it names the module. */
function defaultIn(statement: ts.Statement): [name?: ts.Node, module?: ts.Expression] {
  const isDefault = ({ propertyName, name }: ts.ImportSpecifier | ts.ExportSpecifier) =>
    (propertyName ?? name).text === "default";
  if (ts.isImportDeclaration(statement)) {
    const { importClause, moduleSpecifier } = statement;
    const { name, namedBindings } = importClause ?? {};
    const elements =
      namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : [];
    return [name ?? elements.find(isDefault), moduleSpecifier];
  }
  if (!ts.isExportDeclaration(statement)) return [];
  const { exportClause, moduleSpecifier } = statement;
  const elements = exportClause && ts.isNamedExports(exportClause) ? exportClause.elements : [];
  return [elements.find(isDefault), moduleSpecifier];
}
