/**
 * A cell in the program of the cell before, and so with the checker that this one had.
 *
 * A cell that imports nothing differs from the one before by the converter's two files: its own, and what the cells
 * before it have declared. These come into the program in the place of the earlier ones. To make a program and a checker
 * anew takes longer than all that has to be done for a line.
 */
import { isDeepStrictEqual } from "node:util";
import ts from "typescript";
import { isCellFile } from "./compiled";
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
  #cells = 1;
  /** UTF-16 units, of what has been replaced. */
  #text = 0;
  /** Whether the cell has been compiled, and not only looked at, without a failure of the checker. */
  #isDone = false;

  /** @param names of the converter's two files */
  constructor(program: ts.Program, host: ts.CompilerHost, names: readonly string[]) {
    this.#program = program as InternalProgram;
    this.#names = names;
    this.#options = { ...program.getCompilerOptions(), noLib: true, noResolve: true, types: [] };
    const resolveModuleNameLiterals: ts.CompilerHost["resolveModuleNameLiterals"] = (literals) =>
      literals.map(() => ({ resolvedModule: undefined }));
    this.#host = { ...host, resolveModuleNameLiterals };
    const { getTypeChecker, getSemanticDiagnostics, emit } = program;
    program.getTypeChecker = () => {
      for (const file of this.#files()) internal.bindSourceFile(file, program.getCompilerOptions());
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
    const before = this.#files();
    const checker = this.#program.getTypeChecker() as InternalChecker;
    if (before.some((file) => isCellFile(file.fileName) && checker.getDiagnostics(file).length > 0))
      return false;
    // TypeScript itself finds what they import.
    const alone = ts.createProgram(this.#names, this.#options, this.#host);
    const files = this.#names.map((name) => alone.getSourceFile(name) as InternalFile);
    if (!files.every((file, index) => this.#canReplace(before[index], file))) return false;
    this.#cells += 1;
    this.#isDone = false;
    const all = this.#program.getSourceFiles() as ts.SourceFile[];
    files.forEach((file, index) => {
      this.#program.getFilesByNameMap().set(file.path, file);
      all[all.indexOf(before[index])] = file;
      this.#text += before[index].text.length;
    });
    return true;
  }

  #files(): InternalFile[] {
    return this.#names.map((name) => this.#program.getSourceFile(name) as InternalFile);
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

  /** Whether the one file is to the rest of the program what the other was. */
  #canReplace(before: InternalFile, after: InternalFile): boolean {
    const importsOf = (file: InternalFile) =>
      file.imports.map((literal) => {
        const mode = ts.getModeForUsageLocation(file, literal, this.#program.getCompilerOptions());
        return `${literal.text}\n${mode}`;
      });
    // A program keeps by the path of a file, and by its place there, what each import leads to.
    const isAlike = isCellFile(after.fileName)
      ? [before, after].every(({ imports }) => imports.length === 0)
      : isDeepStrictEqual(importsOf(before), importsOf(after));
    return isAlike && [before, after].every(isOfItsOwn);
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
