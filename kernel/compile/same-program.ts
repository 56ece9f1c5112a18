/**
 * A cell in the program of the cell before, and so with the checker that this one had.
 *
 * A cell that imports nothing differs from the one before by the converter's two files: its own, and what the cells
 * before it have declared. These come into the program in the place of the earlier ones; the second as a rule only grows
 * (earlier-declarations.ts). To make a program and a checker anew takes longer than all that has to be done for a line.
 */
import { isDeepStrictEqual } from "node:util";
import ts from "typescript";
import { isCellFile, isEarlierCells } from "./compiled";
import { EarlierDeclarations } from "./earlier-declarations";
import { internal } from "./typescript-internals";

/** A checker keeps the trees of all that it has checked: of so many cells at the most, and of so many UTF-16 units. */
const MOST_CELLS = 20;
const MOST_TEXT = 200_000;

interface InternalFile extends ts.SourceFile {
  path: string;
  imports: readonly ts.StringLiteralLike[];
  moduleAugmentations: readonly ts.Node[];
}

type InternalProgram = ts.Program & { getFilesByNameMap(): Map<string, ts.SourceFile> };

/** It keeps the errors that it has found by the names of the files. */
type InternalChecker = ts.TypeChecker & { getDiagnostics(file: ts.SourceFile): ts.Diagnostic[] };

export class SameProgram {
  readonly #program: InternalProgram;
  readonly #host: ts.CompilerHost;
  readonly #options: ts.CompilerOptions;
  readonly #names: readonly string[];
  #earlier: EarlierDeclarations;
  #cells = 1;
  /** UTF-16 units, of what has been replaced. */
  #text = 0;
  /** Whether the cell has been compiled, and not only looked at, without a failure of the checker. */
  #isDone = false;

  /** @param names of the converter's two files */
  constructor(program: ts.Program, host: ts.CompilerHost, names: readonly string[]) {
    this.#program = program as InternalProgram;
    this.#names = [...names.filter(isEarlierCells), ...names.filter(isCellFile)];
    this.#options = { ...program.getCompilerOptions(), noLib: true, noResolve: true, types: [] };
    const resolveModuleNameLiterals: ts.CompilerHost["resolveModuleNameLiterals"] = (literals) =>
      literals.map(() => ({ resolvedModule: undefined }));
    this.#host = { ...host, resolveModuleNameLiterals };
    const [earlier] = this.#filesIn(program);
    this.#earlier = new EarlierDeclarations(earlier, this.#options);
    const { getTypeChecker, getSemanticDiagnostics, emit } = program;
    program.getTypeChecker = () => {
      for (const file of this.#filesIn(program))
        internal.bindSourceFile(file, program.getCompilerOptions());
      return getTypeChecker();
    };
    program.getSemanticDiagnostics = (file, token) => {
      if (!file || !isCellFile(file.fileName)) return getSemanticDiagnostics(file, token);
      return this.#withOwnPath(file as InternalFile, () => getSemanticDiagnostics(file, token));
    };
    program.emit = (...how) => {
      const result = emit(...how);
      this.#isDone = true;
      return result;
    };
  }

  /** Puts the two files as they are now into the program; whether that can be. */
  goOn(): boolean {
    if (this.#cells === MOST_CELLS || this.#text > MOST_TEXT || !this.#isDone) return false;
    const [earlier, cell] = this.#filesIn(this.#program);
    const checker = this.#program.getTypeChecker() as InternalChecker;
    if (checker.getDiagnostics(cell).length > 0) return false;
    const added = this.#earlier.addedIn(this.#host.readFile(earlier.fileName) ?? "");
    const [declared, next] = this.#read(added);
    if (![cell, next].every((file) => isOfItsOwn(file) && file.imports.length === 0)) return false;
    if (![earlier, declared].every(isOfItsOwn)) return false;
    const [known, imported] = [earlier, declared].map((file) => this.#importsOf(file));
    if (added !== undefined) {
      if (!imported.every((one) => known.includes(one))) return false;
      if (!this.#earlier.take(added, declared)) return false;
    } else {
      if (!isDeepStrictEqual(known, imported)) return false;
      this.#replace(earlier, declared);
      this.#earlier = new EarlierDeclarations(declared, this.#options);
    }
    this.#replace(cell, next);
    this.#cells += 1;
    this.#isDone = false;
    return true;
  }

  #filesIn(program: ts.Program): InternalFile[] {
    return this.#names.map((name) => program.getSourceFile(name) as InternalFile);
  }

  /** The two files as they are now, or of that of the earlier cells what is `added`. TypeScript finds what they import. */
  #read(added: string | undefined): InternalFile[] {
    const host: ts.CompilerHost = {
      ...this.#host,
      getSourceFile: (file, how) =>
        isEarlierCells(file) && added !== undefined
          ? this.#earlier.read(added, how)
          : this.#host.getSourceFile(file, how),
    };
    return this.#filesIn(ts.createProgram(this.#names, this.#options, host));
  }

  #replace(before: InternalFile, after: InternalFile): void {
    this.#program.getFilesByNameMap().set(after.path, after);
    const all = this.#program.getSourceFiles() as ts.SourceFile[];
    all[all.indexOf(before)] = after;
    this.#text += before.text.length;
  }

  /** By its path the program knows a file that it has checked already. */
  #withOwnPath<T>(file: InternalFile, work: () => T): T {
    const { path } = file;
    if (this.#cells > 1) file.path += `#${this.#cells}`;
    try {
      return work();
    } finally {
      file.path = path;
    }
  }

  /** A program keeps by the path of a file, and by its place there, what each import leads to. */
  #importsOf(file: InternalFile): string[] {
    return file.imports.map((literal) => {
      const mode = ts.getModeForUsageLocation(file, literal, this.#program.getCompilerOptions());
      return `${literal.text}\n${mode}`;
    });
  }
}

/** Whether the file has no part in what other files declare, or in what belongs to the program. */
function isOfItsOwn(file: InternalFile): boolean {
  const references = [
    file.referencedFiles,
    file.typeReferenceDirectives,
    file.libReferenceDirectives,
  ];
  return [...references, file.moduleAugmentations].every(({ length }) => length === 0);
}
