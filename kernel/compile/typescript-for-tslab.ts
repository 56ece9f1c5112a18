/**
 * The seam with tslab: its converter (`tslab/dist/converter`), given the TypeScript of this project.
 *
 * tslab's converter splits and joins cells: it keeps the declarations of earlier cells, finds a cell's last
 * expression, completes and inspects. It asks for `@tslab/typescript-for-tslab`, a fork of TypeScript 5.0. This file
 * puts our TypeScript in the fork's place, before the converter loads, and replaces
 *
 * - the five functions that the fork adds to TypeScript (`additions`);
 * - the compiler options, which tslab fixes, by those of the nearest tsconfig.json (`readerOptions`);
 * - the watching of files by a look at their times before each cell (`refresh`), as a watcher may be late;
 * - the diagnostics and the emitted modules: tslab drops those of files outside the notebook's folder, and all source
 *   maps. Here the owner of the seam (compiler.ts) collects them.
 *
 * The packages are pinned; `assertShape` fails loudly should one of them change.
 */
import * as path from "node:path";
import ts from "typescript";
import { callsWithoutThis } from "./calls-without-this";
import { objectAsExpression } from "./cell-form";
import { type CellProgramOptions, createCellProgram } from "./cell-program";
import { isCellFile } from "./compiled";
import { noteWhatIsLeft, textLeft } from "./earlier-declarations";
import { bindExported, emitExported, nameExports } from "./exported-variables";
import { type Helpers, helpersOf } from "./imports";
import { documented } from "./installed-declarations";
import { KeptHelpers } from "./kept-helpers";
import { loadConverter } from "./load-converter";
import { earlierBlocks } from "./module-blocks";
import { namesInBraces } from "./names-in-braces";
import { nestedVariables } from "./nested-variables";
import { replaceableExports } from "./replaceable-exports";
import { readerErrors } from "./runtime-error-names";
import { signatureAt } from "./signature";
import { boundCell, exportNames, topLevelNames } from "./top-level-names";
import { internal, missingInternals } from "./typescript-internals";
import { WatchedFiles } from "./watched-files";

/** What tslab's converter returns of a cell. */
export interface Converted {
  output?: string;
  declOutput?: string;
  diagnostics: unknown[];
}

export interface Completions {
  start: number;
  end: number;
  candidates: string[];
  /** What TypeScript itself said, its spans counted from the line that tslab puts in front. */
  original?: ts.CompletionInfo;
}

export interface TslabConverter {
  close(): void;
  convert(previousDeclarations: string, source: string): Converted;
  inspect(previousDeclarations: string, source: string, position: number): ts.QuickInfo | undefined;
  complete(previousDeclarations: string, source: string, position: number): Completions;
}

export interface Converter extends TslabConverter {
  /** The signature of what is called, where the position is in the parentheses of a call. */
  signature(
    previousDeclarations: string,
    source: string,
    position: number,
  ): ts.QuickInfo | undefined;
}

interface TslabConverterModule {
  createConverter(options: { isJS: boolean; isBrowser: boolean }): TslabConverter;
  isCompleteCode(source: string): { completed: boolean; indent?: string };
}

/** `Program` as its own language service sees it. */
interface InternalProgram {
  /**
   * `forceDtsEmit` writes declarations also where a type cannot be named, as with one that a helper does not export:
   * later cells then see `any` in its place, where the cell would otherwise be lost to them.
   */
  emit(...args: [...Parameters<ts.Program["emit"]>, forceDtsEmit: boolean]): ts.EmitResult;
}

type Builder = ts.BuilderProgram;

/** What the owner of the seam sees of the work that the converter asks for. */
export interface Hooks {
  /** The diagnostics of the cell and of the files it imports; returns those that stop the cell. */
  diagnose(program: ts.Program, files: readonly ts.SourceFile[]): readonly ts.Diagnostic[];
  /** What the cell imports of the reader's, directly or not, once it is known to be correct. */
  emitHelpers(program: ts.Program, cell: ts.SourceFile, helpers: Helpers): void;
  /** Transformers for the cell, before its types are taken away, beside the one that tslab lacks. */
  transformers(
    cell: ts.SourceFile,
    checker: ts.TypeChecker,
  ): ts.TransformerFactory<ts.SourceFile>[];
  /** The code of the cell, to which its source map is attached; returns it without. */
  detachMap(code: string): string;
}

const ROOT = path.resolve(__dirname, "..", "..", "..");

/** Declares what cells find in this kernel; it stands beside the kernel's sources. */
const NOTEBOOK_GLOBALS = path.join(ROOT, "kernel", "notebook-globals.d.ts");

const EMITTED_CELL = "__tslab__.js";
const EMITTED_DECLARATIONS = "__tslab__.d.ts";

function additions(): object {
  return {
    getNullTransformationContext: () => internal.nullTransformationContext,
    getDefaultTypeRoots: () => [],
    Completions: {
      ...internal.Completions,
      getCompletionsAtPositionForTslab: (_host: unknown, program: ts.Program, ...rest: unknown[]) =>
        internal.Completions.getCompletionsAtPosition(completionHost(program), program, ...rest),
    },
  };
}

/** What completion in the text of an import asks of its surroundings. */
function completionHost(program: ts.Program): Partial<ts.LanguageServiceHost> {
  const { fileExists, readFile, readDirectory, directoryExists, getDirectories } = ts.sys;
  return {
    getCompilationSettings: () => program.getCompilerOptions(),
    getCurrentDirectory: () => program.getCurrentDirectory(),
    fileExists,
    readFile,
    readDirectory,
    directoryExists,
    getDirectories,
  };
}

/** What there is to say of a position of the cell. */
type Look = (
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  token: unknown,
  position: number,
) => ts.QuickInfo | undefined;

/** Hover text for the name at `position`, as TypeScript's language service makes it. */
const quickInfo: Look = (file, checker, _token, position) => {
  const node = internal.getTouchingPropertyName(file, position);
  const symbol = node === file ? undefined : checker.getSymbolAtLocation(node);
  if (!symbol) return undefined;
  documented(symbol, checker);
  const { symbolKind, ...parts } =
    internal.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker,
      symbol,
      file,
      node.parent,
      node,
    );
  return {
    ...parts,
    kind: symbolKind,
    kindModifiers: "",
    textSpan: ts.createTextSpan(node.getStart(file), node.getWidth(file)),
  };
};

/** Whether a file has expressions only, beside what makes it a module. */
function declaresNothing({ statements }: ts.SourceFile): boolean {
  return statements.every(
    (statement) =>
      ts.isExpressionStatement(statement) ||
      (ts.isExportDeclaration(statement) && !statement.moduleSpecifier),
  );
}

/** tslab's transformer, which would export the value of a last expression: cell-form.ts does. */
function withoutLastExpression(
  after: ts.TransformerFactory<ts.SourceFile> | ts.CustomTransformerFactory,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const transform = (after as ts.TransformerFactory<ts.SourceFile>)(context);
    return (file) => {
      const end = context.factory.createNotEmittedStatement(file);
      return transform(context.factory.updateSourceFile(file, [...file.statements, end]));
    };
  };
}

/** The builder's `emit`, which hands the cell to tslab and everything else to the hooks; and what tslab asks beside. */
function withHooks(builder: Builder, kept: KeptHelpers, hooks: Hooks): Builder {
  builder.getAllDependencies = (file) => {
    // Not sooner: tslab exports what it finds declared.
    bindExported(file, builder.getCompilerOptions());
    const { written } = helpersOf(builder.getProgram(), file, kept);
    return [file, ...written].map(({ fileName }) => fileName);
  };
  builder.emit = (file, write, token, declarationsOnly, custom) => {
    if (!file || !isCellFile(file.fileName)) {
      return { emitSkipped: false, diagnostics: [] };
    }
    const program = builder.getProgram() as ts.Program & InternalProgram;
    const checker = program.getTypeChecker();
    noteWhatIsLeft(file);
    hooks.emitHelpers(program, file, helpersOf(program, file, kept));
    const options = program.getCompilerOptions();
    const { module, esModuleInterop } = options;
    const transformers = {
      before: [...hooks.transformers(file, checker), namesInBraces(checker)],
      after: [
        ...(custom?.after ?? []).map(withoutLastExpression),
        ...[callsWithoutThis, replaceableExports, readerErrors],
      ],
      afterDeclarations: [...(custom?.afterDeclarations ?? []), nestedVariables(file, checker)],
    };
    const writeOwn: ts.WriteFileCallback = (name, text, ...rest) => {
      // The declarations come after the code.
      Object.assign(options, { module, esModuleInterop });
      for (const own of [EMITTED_CELL, EMITTED_DECLARATIONS]) {
        if (path.basename(name) === own) write?.(`outDir/${own}`, text, ...rest);
      }
    };
    options.declaration = !declaresNothing(file);
    // tslab expects some.
    if (!options.declaration) writeOwn(EMITTED_DECLARATIONS, "", false);
    // tslab would make an ES module, and CommonJS of it in a second pass.
    Object.assign(options, { module: ts.ModuleKind.CommonJS, esModuleInterop: true });
    try {
      return emitExported(file, checker, () =>
        program.emit(file, writeOwn, token, declarationsOnly, transformers, true),
      );
    } finally {
      Object.assign(options, { module, esModuleInterop, declaration: true });
      nameExports(file);
    }
  };
  return builder;
}

/** What one converter has of its own. */
interface Own extends Hooks {
  sys: ts.System;
  look: Look;
  createWatchCompilerHost(
    rootNames: string[],
    tslabOptions: ts.CompilerOptions,
    system: ts.System,
  ): CellProgramOptions;
}

/**
 * Of the converter that is at work: tslab's module has one TypeScript for all. Not for longer, as all that a compiler
 * has read hangs on it.
 */
let own: Own | undefined;

function atWork(): Own {
  if (!own) throw new Error("no converter is at work");
  return own;
}

function during<T>(chosen: Own, work: () => T): T {
  own = chosen;
  try {
    return work();
  } finally {
    own = undefined;
  }
}

/** tslab writes with it what a cell has left of what was declared before. */
function printer(options: ts.PrinterOptions): ts.Printer {
  const made = ts.createPrinter(options);
  return { ...made, printFile: (file) => textLeft(file) ?? made.printFile(file) };
}

const forTslab = {
  ...ts,
  ...additions(),
  createPrinter: printer,
  get sys() {
    // A program may look at its files later, too.
    return own?.sys ?? ts.sys;
  },
  createWatchCompilerHost: (...args: Parameters<Own["createWatchCompilerHost"]>) =>
    atWork().createWatchCompilerHost(...args),
  createWatchProgram: createCellProgram,
  getQuickInfoAtPosition: (...position: Parameters<Look>) => atWork().look(...position),
  getPreEmitDiagnosticsOfFiles: (...args: Parameters<Hooks["diagnose"]>) =>
    atWork().diagnose(...args),
  transpileModule: (input: string) => ({ outputText: atWork().detachMap(input) }),
};

/**
 * tslab's converter for notebooks in `folder`, on this project's TypeScript, with the reader's options.
 *
 * `refresh`, due before each use, looks for files that have changed, and says whether there were any.
 */
export function createConverter(
  folder: string,
  options: ts.CompilerOptions,
  hooks: Hooks,
): Pick<TslabConverterModule, "isCompleteCode"> & {
  converter: Converter;
  refresh(): boolean;
  kept: KeptHelpers;
} {
  const kept = new KeptHelpers(options);
  const watched = new WatchedFiles();
  let converting = false;
  const ofThis: Own = {
    ...hooks,
    sys: {
      ...ts.sys,
      getCurrentDirectory: () => folder,
      watchFile: (file, notify) => watched.watch(file, notify),
    },
    createWatchCompilerHost: (rootNames, _tslabOptions, system) => ({
      rootNames: [...rootNames, NOTEBOOK_GLOBALS],
      options,
      kept,
      withHooks: (builder) => withHooks(builder, kept, hooks),
      system: Object.assign(Object.create(system), {
        readFile(file: string, encoding?: string): string | undefined {
          const text = system.readFile(file, encoding);
          const isCell = converting && isCellFile(file);
          return isCell && text !== undefined ? exportNames(objectAsExpression(text)) : text;
        },
      }),
    }),
    look: quickInfo,
  };
  const module = during(ofThis, () => loadConverter(forTslab)) as TslabConverterModule;
  assertShape(module);
  const { createConverter: create, isCompleteCode } = module;
  const tslab = during(ofThis, () => create({ isJS: false, isBrowser: false }));
  let conversions = 0;
  const converter: Converter = {
    ...tslab,
    inspect: (...position) => during(ofThis, () => tslab.inspect(...position)),
    signature: (...position) =>
      during({ ...ofThis, look: signatureAt }, () => tslab.inspect(...position)),
    complete: (...position) => during(ofThis, () => tslab.complete(...position)),
    convert: (previousDeclarations, source) =>
      during(ofThis, () => {
        converting = true;
        conversions += 1;
        try {
          const { declarations, kept } = earlierBlocks(previousDeclarations, () => {
            const file = boundCell(`export {};\n${source}`);
            return { file, names: topLevelNames(file).map(([name]) => name) };
          });
          // A text that is what it was, tslab would not read again, and so it would not get its exports.
          const converted = tslab.convert(declarations, `${source}\n//${conversions}\n`);
          return { ...converted, declOutput: `${converted.declOutput ?? ""}${kept}` };
        } finally {
          converting = false;
        }
      }),
  };
  return { converter, isCompleteCode, refresh: () => watched.refresh(), kept };
}

function assertShape(converter: TslabConverterModule): void {
  const missing = [
    ...["createConverter", "isCompleteCode"].filter((name) => !(name in converter)),
    ...missingInternals(),
  ];
  if (missing.length > 0) {
    throw new Error(
      `tslab or TypeScript has changed its shape: ${missing.join(", ")} is missing. ` +
        "Install the versions that package-lock.json names.",
    );
  }
}
