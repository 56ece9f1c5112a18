/** Cells and the helpers they import, from TypeScript to JavaScript; completion; inspection. */
import { isDeepStrictEqual } from "node:util";
import type ts from "typescript";
import { awaitGuard } from "./await-guard";
import { cellForm } from "./cell-form";
import { type CompiledCell, type CompiledModule, isCellFile, LINES_BEFORE_CELL } from "./compiled";
import { completeness } from "./completeness";
import { completion } from "./completion";
import { formatDiagnostics } from "./diagnostics";
import { habitErrors } from "./habits";
import { isIgnored } from "./ignored-diagnostics";
import { type Helpers, importedFiles } from "./imports";
import { inspection } from "./inspection";
import { type CompiledHelper, keepHelper } from "./keep-helper";
import { hashOf } from "./kept-helpers";
import { liveDeclarations } from "./live-declarations";
import { loopGuard } from "./loop-guard";
import { missingDefaults } from "./missing-defaults";
import { moduleSyntax, staticImports } from "./module-syntax";
import { notAwaited } from "./not-awaited";
import { promiseNotes, unawaitedCalls } from "./promise-notes";
import { readerOptions } from "./reader-options";
import { reservedNames } from "./reserved-names";
import { detachSourceMap, transpileHelper } from "./transpile";
import { createConverter } from "./typescript-for-tslab";
import { undeclaredNames } from "./undeclared-names";
import { WatchedFiles } from "./watched-files";

const NO_IMPORTS = { imports: {}, staticImports: [] };

export class Compiler {
  readonly #folder: string;
  #options: ts.CompilerOptions | undefined;
  #optionFiles = new WatchedFiles();
  /** What is wrong with the reader's tsconfig.json. */
  #problem: string | undefined;
  #seam: ReturnType<typeof createConverter>;
  /** Helpers that need no second check until a file changes. */
  #correct = new WeakSet<ts.SourceFile>();
  #diagnostics: readonly ts.Diagnostic[] = [];
  #helpers: CompiledModule[] = [];
  #cellMaps: string[] = [];
  #cellImports: Pick<CompiledModule, "imports" | "staticImports"> = NO_IMPORTS;
  #used: string[] = [];
  #warnings: string[] = [];
  /** The hashes of the texts of the helpers that the main thread has. */
  readonly #emitted = new Map<string, string>();
  #toKeep: { program: ts.Program; helpers: CompiledHelper[] } | undefined;

  /** @param folder where the notebook is */
  constructor(folder: string) {
    this.#folder = folder;
    this.#seam = this.#begin(this.#readOptions());
  }

  #readOptions(): ts.CompilerOptions {
    const { options, files, problem } = readerOptions(this.#folder, this.#options);
    this.#optionFiles = new WatchedFiles();
    for (const file of files) this.#optionFiles.watch(file);
    this.#problem = problem;
    return options;
  }

  /** A compiler with these options, which has compiled nothing yet. */
  #begin(options: ts.CompilerOptions): ReturnType<typeof createConverter> {
    this.#options = options;
    this.#correct = new WeakSet();
    this.#emitted.clear();
    this.#toKeep = undefined;
    return createConverter(this.#folder, options, {
      transformers: (cell, checker) => [
        promiseNotes(unawaitedCalls(cell, checker), LINES_BEFORE_CELL),
        moduleSyntax,
        liveDeclarations(cell, checker),
        loopGuard,
        awaitGuard,
        cellForm,
      ],
      diagnose: (program, files) => {
        this.#diagnostics = files.flatMap((file) => this.#check(program, file));
        return this.#diagnostics;
      },
      emitHelpers: (program, cell, helpers) => {
        this.#cellImports = {
          imports: importedFiles(program, cell, this.#seam.kept),
          staticImports: staticImports(cell),
        };
        this.#used = helpers.used;
        this.#warnings = notAwaited(cell, program.getTypeChecker());
        const added = this.#emitHelpers(program, helpers);
        if (added.length > 0) this.#toKeep = { program, helpers: added };
      },
      detachMap: (emitted) => {
        const [code, map] = detachSourceMap(emitted);
        this.#cellMaps = [map];
        return code;
      },
    });
  }

  /** Has those run that are new, or of another text than before; returns what has been compiled of these. */
  #emitHelpers(program: ts.Program, { written, kept }: Helpers): CompiledHelper[] {
    const isNew = (file: string, text = ""): boolean => {
      const before = this.#emitted.get(file);
      this.#emitted.set(file, text);
      return before !== text;
    };
    const checker = program.getTypeChecker();
    const added = written
      // Data is read when it is imported.
      .filter(({ fileName, text }) => !fileName.endsWith(".json") && isNew(fileName, hashOf(text)))
      .map((source) => ({
        source,
        module: {
          ...transpileHelper(source, checker, program.getCompilerOptions()),
          imports: importedFiles(program, source, this.#seam.kept),
        },
      }));
    this.#helpers.push(...added.map(({ module }) => module));
    for (const { file, module, texts } of kept) {
      if (isNew(file, texts.get(file))) this.#helpers.push(module);
    }
    return added;
  }

  /** Keeps one of the helpers that have been compiled, for other kernels; whether there was one. */
  keepHelper(): boolean {
    const helper = this.#toKeep?.helpers.pop();
    if (!helper || !this.#toKeep) return false;
    keepHelper(this.#toKeep.program, helper, this.#seam.kept);
    return true;
  }

  #refresh(): void {
    if (this.#optionFiles.refresh()) {
      const options = this.#readOptions();
      if (!isDeepStrictEqual(options, this.#options)) {
        this.#seam.converter.close();
        this.#seam = this.#begin(options);
      }
    }
    if (this.#seam.refresh()) this.#correct = new WeakSet();
  }

  #check(program: ts.Program, file: ts.SourceFile): readonly ts.Diagnostic[] {
    if (this.#correct.has(file)) return [];
    const isCell = isCellFile(file.fileName);
    const found = [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
      ...missingDefaults(file, program.getTypeChecker(), this.#seam.kept),
      ...(isCell ? reservedNames(file) : []),
    ].filter(({ code }) => !isIgnored(code, isCell));
    if (found.length === 0 && !isCell) this.#correct.add(file);
    return found;
  }

  /**
   * Compiles one cell after the cells before it.
   *
   * @param declarations what these have declared, as a declaration file's text
   * @param label what the cell is called in the text of an error, for instance `cell [3]`
   */
  compile(declarations: string, code: string, label: string): CompiledCell {
    this.#refresh();
    this.#diagnostics = [];
    this.#helpers = [];
    this.#cellImports = NO_IMPORTS;
    this.#used = [];
    const converted = this.#seam.converter.convert(declarations, code);
    const [helpers, problem] = [this.#helpers, this.#problem];
    if (this.#diagnostics.length > 0) {
      const cell = { code, label, folder: this.#folder };
      const errors =
        habitErrors(this.#diagnostics, code) ??
        undeclaredNames(this.#diagnostics) ??
        formatDiagnostics(this.#diagnostics, cell, this.#seam.kept);
      return { helpers, problem, errors };
    }
    const after = { helpers, problem, declarations: converted.declOutput ?? "" };
    if (!converted.output) return after;
    const maps = this.#cellMaps;
    const module = { file: "", code: converted.output, maps, ...this.#cellImports };
    return { ...after, used: this.#used, warnings: this.#warnings, module };
  }

  /** Content of a complete_reply. */
  complete(declarations: string, code: string, position: number): object {
    this.#refresh();
    return completion(this.#seam.converter.complete(declarations, code, position), code, position);
  }

  /** Content of an inspect_reply. */
  inspect(declarations: string, code: string, position: number): object {
    this.#refresh();
    return inspection(this.#seam.converter, declarations, code, position, this.#folder);
  }

  /** Content of an is_complete_reply. */
  isComplete(code: string): object {
    return completeness(code, () => this.#seam.isCompleteCode(code).indent);
  }
}
