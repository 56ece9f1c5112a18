/** What a cell declares at top level; and the cell's text with all of that exported, so that later cells find it. */
import ts from "typescript";
import { CELL_FILE } from "./compiled";
import { internal } from "./typescript-internals";

/** What a bound file declares at top level; a symbol that is exported there has an `exportSymbol`. */
export function topLevelNames(
  file: ts.SourceFile,
): [string, ts.Symbol & { exportSymbol?: ts.Symbol }][] {
  const { locals } = file as { locals?: Map<ts.__String, ts.Symbol> };
  return [...(locals ?? [])].flatMap(([name, symbol]) =>
    // `declare global` is kept among the names, as one that nobody can write.
    name === ts.InternalSymbolName.Global ? [] : [[ts.unescapeLeadingUnderscores(name), symbol]],
  );
}

export function boundCell(text: string): ts.SourceFile {
  const file = ts.createSourceFile(CELL_FILE, text, ts.ScriptTarget.ES2022, true);
  internal.bindSourceFile(file, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext });
  return file;
}

/**
 * The cell's text with all its top-level names exported, so that later cells find them.
 *
 * tslab compiles a cell once to learn these names and once more with the exports; given them at once, it finds nothing
 * to add, and compiles once.
 */
export function exportNames(text: string): string {
  const file = boundCell(text);
  const exported = new Set(file.statements.flatMap(namesInClause));
  const names = topLevelNames(file).flatMap(([name, { exportSymbol }]) => {
    const isExported =
      exportSymbol !== undefined && exportSymbol.escapedName !== ts.InternalSymbolName.Default;
    return isExported || exported.has(name) ? [] : [name];
  });
  const cell = withoutDefaults(file);
  return names.length === 0 ? cell : `${cell}\nexport {${names.join(", ")}}`;
}

/** The names that `export { … }` exports already. */
function namesInClause(statement: ts.Statement): string[] {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier) return [];
  const { exportClause } = statement;
  return exportClause && ts.isNamedExports(exportClause)
    ? exportClause.elements.map(({ name }) => name.text)
    : [];
}

/** The file's text with spaces for `export default` before what has a name, by which alone later cells know it. */
function withoutDefaults(file: ts.SourceFile): string {
  return file.statements.reduce((result, statement) => {
    const named = (statement as ts.DeclarationStatement).name;
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const isDefault = modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
    if (!named || !isDefault) return result;
    return modifiers.filter(isExportOrDefault).reduce(blank, result);
  }, file.text);
}

function isExportOrDefault({ kind }: ts.Modifier): boolean {
  return kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DefaultKeyword;
}

function blank(text: string, { end, kind }: ts.Modifier): string {
  const { length } = ts.tokenToString(kind) ?? "";
  return text.slice(0, end - length) + " ".repeat(length) + text.slice(end);
}
