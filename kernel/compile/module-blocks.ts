/**
 * What tslab forgets after one cell: namespaces, and blocks that declare what is not the cell's own (`declare global`,
 * `declare module "…"`). As with all else, a cell that declares a name anew puts an end to the earlier declaration.
 */
import ts from "typescript";

interface Earlier {
  /** The declarations without the blocks that would stand beside the cell's own of the same names. */
  declarations: string;
  /** The blocks that are still to be seen after the cell. */
  kept: string;
}

interface Cell {
  file: ts.SourceFile;
  /** What it declares at top level. */
  names: string[];
}

/** @param readCell called only where there may be blocks */
export function earlierBlocks(declarations: string, readCell: () => Cell): Earlier {
  // Mostly there are none, and to parse all that was declared before each cell takes its time.
  if (!/\b(?:namespace|module|global)\b/.test(declarations)) return { declarations, kept: "" };
  const file = ts.createSourceFile("earlier.d.ts", declarations, ts.ScriptTarget.ES2022);
  const cell = readCell();
  const anew = new Set([...cell.names, ...cell.file.statements.filter(isBlock).flatMap(names)]);
  const blocks = file.statements.filter(isBlock);
  const over = new Set<ts.Statement>(
    blocks.filter((block) => names(block).some((n) => anew.has(n))),
  );
  const text = (statements: readonly ts.Statement[]) =>
    statements.map((statement) => `${statement.getFullText(file)}\n`).join("");
  return {
    // As it is, it need not be read again.
    declarations:
      over.size === 0
        ? declarations
        : text(file.statements.filter((statement) => !over.has(statement))),
    kept: text(blocks.filter((block) => !over.has(block))),
  };
}

function isBlock(statement: ts.Statement): statement is ts.ModuleDeclaration {
  return ts.isModuleDeclaration(statement);
}

/** A namespace's name; or what the block declares in the module that it names, or globally. */
function names({ name, body, flags }: ts.ModuleDeclaration): string[] {
  const isGlobal = (flags & ts.NodeFlags.GlobalAugmentation) !== 0;
  if (!isGlobal && ts.isIdentifier(name)) return [name.text];
  if (!body || !ts.isModuleBlock(body)) return [];
  return body.statements.flatMap(statementNames).map((inner) => `${name.text}: ${inner}`);
}

function statementNames(statement: ts.Statement): string[] {
  const declarations = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations
    : [statement as ts.DeclarationStatement];
  return declarations.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : []));
}
