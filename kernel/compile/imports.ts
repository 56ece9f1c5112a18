/** What a file imports of the reader's. */
import * as path from "node:path";
import ts from "typescript";
import { PREVIOUS_CELLS } from "./compiled";
import type { KeptHelper, KeptHelpers } from "./kept-helpers";

/** Helpers that are in a program. */
export interface Helpers {
  /** As they were written. */
  written: ts.SourceFile[];
  /** As they are kept: as declarations. */
  kept: KeptHelper[];
  /** Those of them that earlier cells have imported, and of whose values the file uses one, by their paths. */
  used: string[];
}

/** What the file imports, directly or not, of what is not only declared. */
export function helpersOf(program: ts.Program, file: ts.SourceFile, kept: KeptHelpers): Helpers {
  const written = new Set<ts.SourceFile>([file]);
  const declared = new Map<string, KeptHelper>();
  const add = (from: ts.SourceFile, importedFiles = importsOf(program, from)): void => {
    for (const imported of importedFiles) {
      const helper = kept.declaredAs(imported.fileName);
      for (const name of helper?.texts.keys() ?? []) {
        const found = kept.find(name);
        if (found) declared.set(name, found);
      }
      if (imported.isDeclarationFile || written.has(imported)) continue;
      written.add(imported);
      add(imported);
    }
  };
  const used = usedOfEarlierCells(program, file);
  add(file, [...importsOf(program, file), ...used]);
  written.delete(file);
  return {
    written: [...written],
    kept: [...declared.values()],
    used: used.flatMap((one) => readersFile(one, kept) ?? []),
  };
}

/** The files that earlier cells have imported, and of which the cell uses a value by the name that it has there. */
function usedOfEarlierCells(program: ts.Program, cell: ts.SourceFile): ts.SourceFile[] {
  const earlier = program.getSourceFile(path.join(path.dirname(cell.fileName), PREVIOUS_CELLS));
  if (!earlier?.statements.some(ts.isImportDeclaration)) return [];
  const checker = program.getTypeChecker();
  const used = new Set<ts.SourceFile>();
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isIdentifier(node)) return;
    const symbol = ts.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    const [declaration] = symbol?.declarations ?? [];
    if (!symbol || declaration?.getSourceFile() !== earlier) return;
    const specifier = importOf(declaration)?.moduleSpecifier;
    const isValue =
      specifier && (checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value) !== 0;
    const imported = isValue && checker.getSymbolAtLocation(specifier)?.valueDeclaration;
    if (imported) used.add(imported.getSourceFile());
  };
  visit(cell);
  return [...used];
}

/** The import declaration that a name is declared in. */
function importOf(node: ts.Node): ts.ImportDeclaration | undefined {
  if (ts.isImportDeclaration(node)) return node;
  const isPart =
    ts.isImportClause(node) ||
    ts.isNamespaceImport(node) ||
    ts.isNamedImports(node) ||
    ts.isImportSpecifier(node);
  return isPart ? importOf(node.parent) : undefined;
}

/** The path of a file in a program, where it is the reader's and is run: a helper that is kept is there as declarations. */
function readersFile(file: ts.SourceFile, kept: KeptHelpers): string | undefined {
  return (
    kept.declaredAs(file.fileName)?.file ?? (file.isDeclarationFile ? undefined : file.fileName)
  );
}

/** The reader's files that a file imports, by the names under which it does. */
export function importedFiles(
  program: ts.Program,
  file: ts.SourceFile,
  kept: KeptHelpers,
): Record<string, string> {
  const found = importsByName(program, file).flatMap(([name, imported]) => {
    const path = readersFile(imported, kept);
    return path === undefined ? [] : [[name, path]];
  });
  return Object.fromEntries(found);
}

/** The files that a file imports itself, the dynamic imports too. */
export function importsOf(program: ts.Program, file: ts.SourceFile): ts.SourceFile[] {
  return importsByName(program, file).map(([, imported]) => imported);
}

function importsByName(program: ts.Program, file: ts.SourceFile): [string, ts.SourceFile][] {
  const checker = program.getTypeChecker();
  // TypeScript's own list.
  const { imports = [] } = file as { imports?: readonly ts.StringLiteralLike[] };
  return imports.flatMap((specifier) => {
    const declaration = checker.getSymbolAtLocation(specifier)?.valueDeclaration;
    return declaration ? [[specifier.text, declaration.getSourceFile()]] : [];
  });
}
