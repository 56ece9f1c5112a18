/**
 * The seam with tslab: its converter (`tslab/dist/converter`), given the TypeScript of this project.
 *
 * tslab's converter splits and joins cells: it keeps the declarations of earlier cells, finds a cell's last
 * expression, completes and inspects. It asks for `@tslab/typescript-for-tslab`, a fork of TypeScript 5.0. This file
 * puts our TypeScript in the fork's place, before the converter loads, and replaces
 *
 * - the five functions that the fork adds to TypeScript (`additions`);
 * - the compiler options, which tslab fixes, by those of the nearest tsconfig.json (`options`);
 * - the watching of files by a look at their times before each cell (`refresh`), as a watcher may be late;
 * - the diagnostics and the emitted modules: tslab drops those of files outside the notebook's folder, and all source
 *   maps. Here the owner of the seam (compiler.ts) collects them.
 *
 * The packages are pinned; `assertShape` fails loudly should one of them change.
 */
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as ts from "typescript";
import { earlierBlocks } from "./module-blocks";

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

interface TslabConverterModule {
  createConverter(options: { isJS: boolean; isBrowser: boolean }): TslabConverter;
  isCompleteCode(source: string): { completed: boolean; indent?: string };
}

/** Parts of TypeScript that it exports and does not declare. */
interface InternalTypeScript {
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  findPrecedingToken(position: number, file: ts.SourceFile): ts.Node | undefined;
  nullTransformationContext: ts.TransformationContext;
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  sortAndDeduplicateDiagnostics(list: readonly ts.Diagnostic[]): readonly ts.Diagnostic[];
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      enclosing: ts.Node | undefined,
      location: ts.Node,
    ): Pick<ts.QuickInfo, "displayParts" | "documentation" | "tags"> & {
      symbolKind: ts.ScriptElementKind;
    };
  };
  Completions: Record<string, (...args: unknown[]) => unknown>;
}

/** `Program` as its own language service sees it. */
interface InternalProgram {
  /**
   * `forceDtsEmit` writes declarations also where a type cannot be named, as with one that a helper does not export:
   * later cells then see `any` in its place, where the cell would otherwise be lost to them.
   */
  emit(...args: [...Parameters<ts.Program["emit"]>, forceDtsEmit: boolean]): ts.EmitResult;
}

const internal = ts as unknown as InternalTypeScript;

type Builder = ts.BuilderProgram;

/** What the owner of the seam sees of the work that the converter asks for. */
export interface Hooks {
  /** The diagnostics of the cell and of the files it imports; returns those that stop the cell. */
  diagnose(program: ts.Program, files: readonly ts.SourceFile[]): readonly ts.Diagnostic[];
  /** A file that the cell imports is new or has changed. */
  emitHelper(file: ts.SourceFile): void;
  /** Transformers for the cell, before its types are taken away, beside the one that tslab lacks. */
  transformers: ts.TransformerFactory<ts.SourceFile>[];
  /** The second of tslab's passes: an ES module, to which its source map is attached, becomes CommonJS. */
  toCommonJS(esModule: string, options: ts.CompilerOptions): string;
}

/** What TypeScript calls the timer after which it compiles what has changed. */
const PROGRAM_UPDATE = "timerToUpdateProgram";

const ROOT = path.resolve(__dirname, "..", "..", "..");

/** Declares what cells find in this kernel; it stands beside the kernel's sources. */
const NOTEBOOK_GLOBALS = path.join(ROOT, "kernel", "notebook-globals.d.ts");

const tslabRequire = createRequire(require.resolve("tslab"));
const CONVERTER = "./converter";
const FORK = "@tslab/typescript-for-tslab";

/** The name that tslab gives to the file of the cell that it compiles. */
export const CELL_FILE = "__tslab__.ts";
/** The name that tslab gives to the declarations of the cells before. */
const PREVIOUS_CELLS = "__prev__.d.ts";
const EMITTED_CELL = "__tslab__.js";
const EMITTED_DECLARATIONS = "__tslab__.d.ts";

/** What our TypeScript is asked to do beyond its `ts.sys`: files looked at, in place of files watched. */
class WatchedFiles {
  private readonly seen = new Map<string, { notify: ts.FileWatcherCallback; state: string }>();

  watch(path: string, notify: ts.FileWatcherCallback): ts.FileWatcher {
    const key = `${this.seen.size}:${path}`;
    // What is installed does not change under a running kernel.
    if (path.includes("/node_modules/")) return { close() {} };
    this.seen.set(key, { notify, state: stateOf(path) });
    return { close: () => void this.seen.delete(key) };
  }

  /** Tells of each file that has changed; whether there was one. */
  refresh(): boolean {
    let changed = false;
    for (const [key, entry] of [...this.seen]) {
      const file = key.slice(key.indexOf(":") + 1);
      const state = stateOf(file);
      if (state === entry.state) continue;
      entry.notify(file, kindOfChange(entry.state, state));
      entry.state = state;
      changed = true;
    }
    return changed;
  }
}

function kindOfChange(before: string, now: string): ts.FileWatcherEventKind {
  if (now === "") return ts.FileWatcherEventKind.Deleted;
  return before === "" ? ts.FileWatcherEventKind.Created : ts.FileWatcherEventKind.Changed;
}

function stateOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}:${stat.size}:${stat.ino}` : "";
}

function additions(): object {
  return {
    getNullTransformationContext: () => internal.nullTransformationContext,
    getDefaultTypeRoots: () => [],
    getQuickInfoAtPosition: quickInfo,
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

/** Hover text for the name at `position`, as TypeScript's language service makes it. */
function quickInfo(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  _token: unknown,
  position: number,
): ts.QuickInfo | undefined {
  const node = internal.getTouchingPropertyName(file, position);
  const symbol = node === file ? undefined : checker.getSymbolAtLocation(node);
  if (!symbol) return undefined;
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
}

/** The reader's options, and those without which the converter cannot work. */
function options(folder: string): ts.CompilerOptions {
  const configFile = ts.findConfigFile(folder, ts.sys.fileExists);
  const config = configFile ? ts.readConfigFile(configFile, ts.sys.readFile).config : {};
  const base = configFile ? path.dirname(configFile) : folder;
  const { options: own } = ts.parseJsonConfigFileContent(config, ts.sys, base);
  const { types: _types, ...chosen } = own;
  return {
    ...(configFile ? chosen : { ...ts.getDefaultCompilerOptions(), strict: true }),
    target: ts.ScriptTarget.ES2022,
    lib: own.lib ?? ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    esModuleInterop: true,
    resolveJsonModule: true,
    // A notebook that lies elsewhere finds Node's types here.
    typeRoots: [base, ROOT].map((folder) => path.join(folder, "node_modules", "@types")),
    types: ["node"],
    noUncheckedSideEffectImports: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    skipLibCheck: true,
    declaration: true,
    noEmit: false,
    inlineSourceMap: true,
    newLine: ts.NewLineKind.LineFeed,
    // tslab places what it emits by this folder; any folder above all sources will do.
    rootDir: path.parse(folder).root,
    outDir: "outDir",
    configFilePath: undefined,
  };
}

/** The builder's `emit`, which hands the cell to tslab and everything else to the hooks; and what tslab asks beside. */
function withHooks(builder: Builder, hooks: Hooks): Builder {
  builder.getAllDependencies = (file) => [...dependencies(builder.getProgram(), file)];
  builder.emit = (file, write, token, declarationsOnly, custom) => {
    if (!file || path.basename(file.fileName) !== CELL_FILE) {
      if (file) hooks.emitHelper(file);
      return { emitSkipped: false, diagnostics: [] };
    }
    const program = builder.getProgram() as ts.Program & InternalProgram;
    return program.emit(
      file,
      (name, text, ...rest) => {
        for (const own of [EMITTED_CELL, EMITTED_DECLARATIONS]) {
          if (path.basename(name) === own) write?.(`outDir/${own}`, text, ...rest);
        }
      },
      token,
      declarationsOnly,
      {
        ...custom,
        before: [...hooks.transformers, namesInBraces(program.getTypeChecker())],
      },
      true,
    );
  };
  return builder;
}

/** The file and all that it imports, directly or not, of what is not only declared. */
function dependencies(
  program: ts.Program,
  file: ts.SourceFile,
  found = new Set<string>(),
): Set<string> {
  if (file.isDeclarationFile || found.has(file.fileName)) return found;
  found.add(file.fileName);
  const checker = program.getTypeChecker();
  // TypeScript's own list, which has the dynamic imports too.
  const { imports = [] } = file as { imports?: readonly ts.StringLiteralLike[] };
  for (const specifier of imports) {
    const imported = checker.getSymbolAtLocation(specifier)?.valueDeclaration?.getSourceFile();
    if (imported) dependencies(program, imported, found);
  }
  return found;
}

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

function boundCell(text: string): ts.SourceFile {
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
function exportNames(text: string): string {
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

/**
 * Writes names in braces so that tslab, which puts `exports.` before every name that an earlier cell has declared, gets
 * them right. `{ x }` becomes `{ x: exports.x }` where `x` is an earlier cell's: tslab leaves it out there. And the name
 * of a property, as in `const { x: y } = value`, becomes a string where an earlier cell's type declares it: tslab would
 * take it for a variable. What an earlier cell's `declare global` has is no cell's, and stays as it is.
 */
function namesInBraces(checker: ts.TypeChecker): ts.TransformerFactory<ts.SourceFile> {
  const earlier = (symbol: ts.Symbol | undefined) =>
    (symbol?.declarations ?? []).filter(
      (declaration) => path.basename(declaration.getSourceFile().fileName) === PREVIOUS_CELLS,
    );
  const isEarlier = (symbol: ts.Symbol | undefined) => earlier(symbol).length > 0;
  const isGlobal = (symbol: ts.Symbol | undefined) => earlier(symbol).some(isInGlobalBlock);
  return (context) => {
    const { factory } = context;
    const quoted = (name: ts.Identifier) => factory.createStringLiteral(name.text);
    const isEarlierName = (name: ts.Node | undefined): name is ts.Identifier =>
      name !== undefined && ts.isIdentifier(name) && isEarlier(checker.getSymbolAtLocation(name));
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isShorthandPropertyAssignment(node)) return shorthand(node);
      if (ts.isIdentifier(node) && isGlobal(checker.getSymbolAtLocation(node))) {
        // A new node, of which tslab finds no declaration.
        return ts.setTextRange(factory.createIdentifier(node.text), node);
      }
      const inner = ts.visitEachChild(node, visit, context);
      if (ts.isBindingElement(node) && isEarlierName(node.propertyName)) {
        const { dotDotDotToken, name, initializer } = inner as ts.BindingElement;
        const property = quoted(node.propertyName);
        return factory.createBindingElement(dotDotDotToken, property, name, initializer);
      }
      if (ts.isPropertyAssignment(node) && isEarlierName(node.name)) {
        const { initializer } = inner as ts.PropertyAssignment;
        return factory.createPropertyAssignment(quoted(node.name), initializer);
      }
      return inner;
    };
    const shorthand = (node: ts.ShorthandPropertyAssignment): ts.Node => {
      const symbol = checker.getShorthandAssignmentValueSymbol(node);
      if (!isEarlier(symbol) || isGlobal(symbol)) {
        return ts.visitEachChild(node, visit, context);
      }
      const value = factory.createPropertyAccessExpression(
        factory.createIdentifier("exports"),
        node.name.text,
      );
      const initializer = node.objectAssignmentInitializer;
      return factory.createPropertyAssignment(
        node.name.text,
        initializer
          ? factory.createAssignment(value, ts.visitNode(initializer, visit) as ts.Expression)
          : value,
      );
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };
}

/** Whether the declaration is directly in a `declare global { … }`. */
function isInGlobalBlock(declaration: ts.Node): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const block = statement.parent;
  return ts.isModuleBlock(block) && (block.parent.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
}

/**
 * tslab's converter for notebooks in `folder`, on this project's TypeScript.
 *
 * `refresh`, due before each use, looks for files that have changed, and says whether there were any.
 */
export function createConverter(
  folder: string,
  hooks: Hooks,
): Pick<TslabConverterModule, "isCompleteCode"> & {
  converter: TslabConverter;
  refresh(): boolean;
} {
  const watched = new WatchedFiles();
  let converting = false;
  const due = new Set<() => void>();
  const refresh = (): boolean => {
    const changed = watched.refresh();
    for (const callback of due) {
      due.delete(callback);
      callback();
    }
    return changed;
  };
  const sys: ts.System = {
    ...ts.sys,
    getCurrentDirectory: () => folder,
    watchFile: (file, notify) => watched.watch(file, notify),
    watchDirectory: (directory, notify) => watched.watch(directory, (changed) => notify(changed)),
  };
  const forTslab = {
    ...ts,
    ...additions(),
    sys,
    createWatchCompilerHost: (
      rootNames: string[],
      _tslabOptions: ts.CompilerOptions,
      system: ts.System,
      _create: unknown,
      reportDiagnostic: ts.DiagnosticReporter,
      reportStatus: ts.WatchStatusReporter,
    ) =>
      ts.createWatchCompilerHost(
        [...rootNames, NOTEBOOK_GLOBALS],
        options(folder),
        Object.assign(Object.create(system), {
          // tslab allows for one timer, that of the program's update; TypeScript has another for files that it missed.
          setTimeout(callback: () => void, delay: number, label: string): unknown {
            if (label === PROGRAM_UPDATE) return system.setTimeout?.(callback, delay, label);
            due.add(callback);
            return callback;
          },
          clearTimeout(timer: () => void): void {
            if (!due.delete(timer)) system.clearTimeout?.(timer);
          },
          readFile(file: string, encoding?: string): string | undefined {
            const text = system.readFile(file, encoding);
            const isCell = converting && path.basename(file) === CELL_FILE;
            return isCell && text !== undefined ? exportNames(text) : text;
          },
        }),
        // A builder that keeps state would go through every declaration of Node for each cell.
        ts.createAbstractBuilder,
        reportDiagnostic,
        reportStatus,
      ),
    createWatchProgram: (host: ts.WatchCompilerHostOfFilesAndCompilerOptions<Builder>) => {
      const created = host.afterProgramCreate;
      host.afterProgramCreate = (builder) => created?.(withHooks(builder, hooks));
      return ts.createWatchProgram(host);
    },
    getPreEmitDiagnosticsOfFiles: hooks.diagnose,
    transpileModule: (input: string, { compilerOptions = {} }: ts.TranspileOptions) => ({
      outputText: hooks.toCommonJS(input, compilerOptions),
    }),
  };
  const { createConverter: create, isCompleteCode } = loadConverter(forTslab);
  const tslab = create({ isJS: false, isBrowser: false });
  let conversions = 0;
  const converter: TslabConverter = {
    ...tslab,
    convert(previousDeclarations, source) {
      converting = true;
      conversions += 1;
      try {
        const { declarations, kept } = earlierBlocks(previousDeclarations, () => {
          const file = boundCell(`export {};\n${source}`);
          return { file, names: topLevelNames(file).map(([name]) => name) };
        });
        // A text that is what it was, tslab would not read again, and so it would not get its exports.
        const converted = tslab.convert(declarations, `${source}\n//${conversions}`);
        return { ...converted, declOutput: `${converted.declOutput ?? ""}${kept}` };
      } finally {
        converting = false;
      }
    },
  };
  return { converter, isCompleteCode, refresh };
}

/** Loads tslab's converter with `typescript` where it expects its fork. */
function loadConverter(typescript: object): TslabConverterModule {
  const fork = tslabRequire.resolve(FORK);
  const stub = new (require("node:module") as typeof import("node:module"))(fork);
  stub.exports = typescript;
  stub.loaded = true;
  require.cache[fork] = stub;
  const converter = tslabRequire(CONVERTER) as TslabConverterModule;
  assertShape(converter);
  return converter;
}

function assertShape(converter: TslabConverterModule): void {
  const missing = [
    ...["createConverter", "isCompleteCode"].filter((name) => !(name in converter)),
    ...[
      "getTouchingPropertyName",
      "findPrecedingToken",
      "nullTransformationContext",
      "sortAndDeduplicateDiagnostics",
      "SymbolDisplay",
      "Completions",
    ].filter((name) => !(name in ts)),
  ];
  if (missing.length > 0) {
    throw new Error(
      `tslab or TypeScript has changed its shape: ${missing.join(", ")} is missing. ` +
        "Install the versions that package-lock.json names.",
    );
  }
}
