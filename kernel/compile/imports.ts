/** What a file imports of the reader's. */
import type ts from "typescript";
import type { KeptHelper, KeptHelpers } from "./kept-helpers";

/** Helpers that are in a program. */
export interface Helpers {
  /** As they were written. */
  written: ts.SourceFile[];
  /** As they are kept: as declarations. */
  kept: KeptHelper[];
}

/** What the file imports, directly or not, of what is not only declared. */
export function helpersOf(program: ts.Program, file: ts.SourceFile, kept: KeptHelpers): Helpers {
  const written = new Set<ts.SourceFile>([file]);
  const declared = new Map<string, KeptHelper>();
  const add = (from: ts.SourceFile): void => {
    for (const imported of importsOf(program, from)) {
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
  add(file);
  written.delete(file);
  return { written: [...written], kept: [...declared.values()] };
}

/** The files that a file imports itself, the dynamic imports too. */
export function importsOf(program: ts.Program, file: ts.SourceFile): ts.SourceFile[] {
  const checker = program.getTypeChecker();
  // TypeScript's own list.
  const { imports = [] } = file as { imports?: readonly ts.StringLiteralLike[] };
  return imports.flatMap((specifier) => {
    const declaration = checker.getSymbolAtLocation(specifier)?.valueDeclaration;
    return declaration ? [declaration.getSourceFile()] : [];
  });
}
