/**
 * Declaration files that are installed: those of TypeScript, of Node.js and of packages.
 *
 * They do not change under a running kernel, so each is parsed once, and without its comments, which are a third of
 * the work and of the memory; `documented` reads those of the files that a hover text needs.
 */
import * as path from "node:path";
import ts from "typescript";
import { forgetInstalledImports } from "./installed-imports";
import { LateModules } from "./late-modules";
import { internal } from "./typescript-internals";
import { stateOf } from "./watched-files";

const PACKAGES = path.resolve(__dirname, "..", "..", "..", "node_modules");
const TYPES = path.join(PACKAGES, "@types");

const lateModules = new LateModules();
const parsed = new Map<string, ts.SourceFile>();
/** What the files were when they were parsed, and where packages are put. */
const states = new Map<string, string>();
const documentedFiles = new WeakSet<ts.SourceFile>();

export function isInstalled(file: string): boolean {
  return file.includes("/node_modules/");
}

/** Undefined where there is no such file. */
export function installedDeclarations(
  file: string,
  readFile: (file: string) => string | undefined,
  options: ts.CreateSourceFileOptions,
): ts.SourceFile | undefined {
  const known = parsed.get(file);
  if (known) return known;
  const read = readFile(file);
  if (read === undefined) return undefined;
  const isNodes = file.endsWith("/@types/node/index.d.ts") && lateModules.isPossible;
  const text = isNodes ? lateModules.without(file, read, readFile) : read;
  const created = ts.createSourceFile(file, text, {
    ...options,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  });
  parsed.set(file, created);
  states.set(file, stateOf(file));
  for (const folder of [PACKAGES, TYPES]) {
    if (!states.has(folder)) states.set(folder, stateOf(folder));
  }
  return created;
}

/** Due when a kernel begins: if something was installed since, all is read anew. */
export function forgetIfInstalled(): void {
  if ([...states].every(([file, state]) => stateOf(file) === state)) return;
  parsed.clear();
  states.clear();
  forgetInstalledImports();
}

/** Lets a program have Node's modules that nobody has imported yet, if its TypeScript can ask for them. */
export function findModulesLate(program: ts.Program, options: ts.CompilerOptions): void {
  Object.assign(program, {
    lateModules: (name: string | undefined) =>
      lateModules.filesOf(name, program).map((file) => {
        const how = { languageVersion: options.target ?? ts.ScriptTarget.ES2022 };
        const declarations = installedDeclarations(file, ts.sys.readFile, how) as ts.SourceFile;
        Object.assign(declarations, { path: file, resolvedPath: file, originalFileName: file });
        internal.bindSourceFile(declarations, options);
        return declarations;
      }),
  });
}

/** Gives the declarations of a symbol, of what it stands for and of what it inherits from, their comments. */
export function documented(
  symbol: ts.Symbol,
  checker: ts.TypeChecker,
  seen = new Set<ts.Symbol>(),
): void {
  if (seen.has(symbol)) return;
  seen.add(symbol);
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  if (isAlias) documented(checker.getAliasedSymbol(symbol), checker, seen);
  for (const declaration of symbol.declarations ?? []) {
    addComments(declaration.getSourceFile());
    for (const same of inSuperTypes(symbol, declaration.parent, checker)) {
      documented(same, checker, seen);
    }
  }
}

/** The members of the same name that the owner of a declaration inherits: TypeScript shows their comments, if need be. */
function inSuperTypes(symbol: ts.Symbol, owner: ts.Node, checker: ts.TypeChecker): ts.Symbol[] {
  if (!owner || !(ts.isClassLike(owner) || ts.isInterfaceDeclaration(owner))) return [];
  const superTypes = (owner.heritageClauses ?? []).flatMap(({ types }) => types);
  return superTypes.flatMap((node) => {
    const type = checker.getTypeAtLocation(node);
    // Those of the class itself, too.
    const types = type.symbol ? [type, checker.getTypeOfSymbol(type.symbol)] : [type];
    return types.flatMap((each) => checker.getPropertyOfType(each, symbol.name) ?? []);
  });
}

function addComments(file: ts.SourceFile): void {
  if (parsed.get(file.fileName) !== file || documentedFiles.has(file)) return;
  documentedFiles.add(file);
  const commented = ts.createSourceFile(file.fileName, file.text, ts.ScriptTarget.Latest, true);
  copyComments(commented, file);
}

/** Copies the comments from one tree to another that differs from it by nothing else. */
function copyComments(from: ts.Node, to: ts.Node): void {
  const { jsDoc } = from as { jsDoc?: { parent: ts.Node }[] };
  if (jsDoc) {
    for (const comment of jsDoc) comment.parent = to;
    (to as { jsDoc?: unknown }).jsDoc = jsDoc;
  }
  const children: ts.Node[] = [];
  ts.forEachChild(to, (child) => void children.push(child));
  let next = 0;
  ts.forEachChild(from, (child) => copyComments(child, children[next++]));
}
