/** The compiler options of cells: those of the reader's tsconfig.json that say what TypeScript means. */
import * as path from "node:path";
import ts from "typescript";
import { internal } from "./typescript-internals";

const ROOT = path.resolve(__dirname, "..", "..", "..");

/** The options of TypeScript's own groups that concern cells: not those of what is emitted, built, shown or measured. */
const CONCERN_CELLS = new Set([
  "Language and Environment",
  "Modules",
  "JavaScript Support",
  "Interop Constraints",
  "Type Checking",
]);

/** Of these groups, what forbids a cell to be a part of a longer program, or hides all that it could import. */
const NOT_IN_CELLS = new Set([
  ...["isolatedDeclarations", "isolatedModules", "verbatimModuleSyntax"],
  ...["noLib", "noResolve", "rewriteRelativeImportExtensions"],
]);

/** `pathsBasePath` is where TypeScript notes to which folder `paths` refers. */
const CHOSEN = new Set([
  ...internal.optionDeclarations.flatMap(({ name, category }) =>
    CONCERN_CELLS.has(category?.message ?? "") && !NOT_IN_CELLS.has(name) ? [name] : [],
  ),
  ...["noCheck", "pathsBasePath"],
]);

/** "No inputs were found", and that there are none: cells need none. */
const NO_INPUTS = new Set([18002, 18003]);

export interface ReaderOptions {
  options: ts.CompilerOptions;
  /** The files that they are from, and those that would count instead if they were there. */
  files: string[];
  /** What is wrong with the tsconfig.json. */
  problem?: string;
}

/**
 * The options of the nearest tsconfig.json, and those without which the converter cannot work.
 *
 * @param before the options in whose place these come: they stay while the file cannot be read
 */
export function readerOptions(folder: string, before?: ts.CompilerOptions): ReaderOptions {
  const file = ts.findConfigFile(folder, ts.sys.fileExists);
  const nearer = placesUpTo(file && path.dirname(file), folder);
  if (!file) return { options: cellOptions({ strict: true }, folder), files: nearer };
  const source = ts.readJsonConfigFile(file, ts.sys.readFile);
  // Which files the project has does not matter, and to look for them takes its time.
  const host = { ...ts.sys, readDirectory: () => [] };
  const { options, errors } = ts.parseJsonSourceFileConfigFileContent(
    ...[source, host, path.dirname(file)],
  );
  const files = [...nearer, ...(source.extendedSourceFiles ?? [])];
  const { parseDiagnostics } = source as unknown as { parseDiagnostics: ts.Diagnostic[] };
  const [notJson] = parseDiagnostics;
  const [problem] = [...parseDiagnostics, ...errors].filter(({ code }) => !NO_INPUTS.has(code));
  const chosen = cellOptions(notJson ? { strict: true } : options, path.dirname(file));
  return {
    options: (notJson && before) || chosen,
    files,
    problem:
      problem &&
      sentence(
        problem,
        file,
        notJson && (before ? "the options that they had" : "the default options"),
      ),
  };
}

/** Where a tsconfig.json of `folder` may be, from there up. */
function placesUpTo(last: string | undefined, folder: string): string[] {
  const above = path.dirname(folder);
  const rest = folder === last || folder === above ? [] : placesUpTo(last, above);
  return [path.join(folder, "tsconfig.json"), ...rest];
}

/** @param instead which options there are in the place of those of the file, if it is of no use at all */
function sentence(problem: ts.Diagnostic, config: string, instead?: string): string {
  const { file, start = 0, messageText } = problem;
  const { line, character } = ts.getLineAndCharacterOfPosition(file ?? EMPTY, start);
  const name = path.basename(file?.fileName ?? config);
  const place = file ? `${name}:${line + 1}:${character + 1}` : name;
  const what = ts
    .flattenDiagnosticMessageText(messageText, " ")
    .replace(/'(\/[^']*)'/g, (_, file) => `'${path.relative(path.dirname(config), file)}'`);
  return instead
    ? `${place} is no JSON (${what}): until it is mended, cells have ${instead}`
    : `${place}: ${what}`;
}

const EMPTY = ts.createSourceFile("", "", ts.ScriptTarget.ES2022);

function cellOptions(own: ts.CompilerOptions, base: string): ts.CompilerOptions {
  const chosen = Object.fromEntries(Object.entries(own).filter(([name]) => CHOSEN.has(name)));
  const { types: _types, ...kept } = chosen as ts.CompilerOptions;
  return {
    ...kept,
    target: ts.ScriptTarget.ES2022,
    // What an older target would mean for them.
    useDefineForClassFields:
      own.useDefineForClassFields ??
      (own.target ?? ts.ScriptTarget.ES2022) >= ts.ScriptTarget.ES2022,
    lib: own.lib ?? ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    allowImportingTsExtensions: true,
    allowJs: own.allowJs ?? true,
    esModuleInterop: true,
    resolveJsonModule: true,
    jsx: isCompiled(own.jsx) ? own.jsx : ts.JsxEmit.React,
    // A notebook that lies elsewhere finds Node's types here.
    typeRoots: [base, ROOT].map(typesOf),
    types: ["node"],
    noUncheckedSideEffectImports: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    skipLibCheck: true,
    // Nobody puts other declarations in the place of TypeScript's own; it would look for them by the hundred.
    libReplacement: false,
    declaration: true,
    inlineSourceMap: true,
    newLine: ts.NewLineKind.LineFeed,
    // tslab places what it emits by this folder; any folder above all sources will do.
    rootDir: path.parse(base).root,
    outDir: "outDir",
  };
}

/** Where the declarations of packages are; the same for all folders that link to one `node_modules`. */
function typesOf(folder: string): string {
  const place = path.join(folder, "node_modules", "@types");
  return ts.sys.realpath?.(place) ?? place;
}

/** Whether it says how JSX becomes JavaScript; the others leave it to a later tool. */
function isCompiled(jsx: ts.JsxEmit | undefined): boolean {
  return jsx !== undefined && jsx !== ts.JsxEmit.Preserve && jsx !== ts.JsxEmit.ReactNative;
}
