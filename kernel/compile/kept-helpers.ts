/**
 * What has been compiled of helpers, kept from one kernel to the next: JavaScript, source maps and declarations.
 *
 * A cell that imports a kept helper is checked against its declarations. What is kept holds for as long as the texts
 * of the helper, and of all files that it imports, are what they were.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import * as path from "node:path";
import ts from "typescript";
import type { CompiledModule } from "./compiled";
import { isInstalled } from "./installed-declarations";

const ROOT = path.resolve(__dirname, "..", "..", "..");

const PACKAGES = path.join(ROOT, "node_modules");

/** Changes with each set-up of the kernel, of the packages too. */
const STAMP = path.join(ROOT, ".build", "kernel", ".stamp");

/** Where it is kept, beside the compiled kernel; set-up fills it with the project's own helpers. */
const STORE = path.join(ROOT, ".build", "helpers");

/** What is kept of one helper; its files are named from the repository's root. */
interface Kept {
  /** The hashes of the helper's text, and of those of all files that it imports, directly or not. */
  texts: Record<string, string>;
  module: Omit<CompiledModule, "file">;
  declarations: string;
  /** The source map of the declarations. */
  declarationMap: string;
}

/** A helper that was compiled and is correct. */
export interface KeptHelper {
  file: string;
  module: CompiledModule;
  declarations: string;
  declarationMap: string;
  /** The hashes of its text and of those of all files that it imports, directly or not, by absolute path. */
  texts: ReadonlyMap<string, string>;
}

/** What stands in the folder of a helper for its declarations. */
export function declarationsOf(helper: string): string {
  return helper.replace(/\.ts$/, ".d.ts");
}

export class KeptHelpers {
  /** What must be the same beside the texts: versions and compiler options. */
  readonly #conditions: string;
  readonly #read = new Map<string, Kept | undefined>();
  /** What the files hold, and which helpers hold, as long as no file changes. */
  readonly #hashes = new Map<string, string>();
  readonly #found = new Map<string, KeptHelper | undefined>();
  readonly #byDeclarations = new Map<string, KeptHelper>();

  constructor(options: ts.CompilerOptions) {
    const paths = JSON.stringify(options).replaceAll(ROOT, "");
    this.#conditions = hashOf([ts.version, ts.sys.readFile(STAMP) ?? "", paths].join("\n"));
  }

  /** The helper as it is kept; undefined where it is not, or does not hold. */
  find(file: string): KeptHelper | undefined {
    if (!this.#found.has(file)) {
      const found = this.#find(file);
      this.#found.set(file, found);
      if (found) this.#byDeclarations.set(declarationsOf(file), found);
    }
    return this.#found.get(file);
  }

  #find(file: string): KeptHelper | undefined {
    const kept = this.#lookUp(file);
    if (!kept) return undefined;
    const texts = new Map(
      Object.entries(kept.texts).map(([name, hash]) => [path.join(ROOT, name), hash]),
    );
    for (const [name, hash] of texts) {
      if (this.#hash(name) !== hash) return undefined;
      // Each must have been kept itself, as all are run.
      if (name.endsWith(".ts") && !this.#lookUp(name)) return undefined;
    }
    const { module, declarations, declarationMap } = kept;
    const imports = withPaths(module.imports, (name) => path.join(ROOT, name));
    return { file, module: { ...module, imports, file }, declarations, declarationMap, texts };
  }

  /** Due when a file has changed: what holds is asked anew. */
  refresh(): void {
    this.#hashes.clear();
    this.#found.clear();
  }

  /** The helper whose declarations are in the program as `file`. */
  declaredAs(file: string): KeptHelper | undefined {
    return this.#byDeclarations.get(file);
  }

  keep({ file, module, declarations, declarationMap, texts }: KeptHelper): void {
    const { file: _file, ...made } = module;
    const kept: Kept = {
      texts: Object.fromEntries(Array.from(texts, ([name, hash]) => [relative(name), hash])),
      module: { ...made, imports: withPaths(made.imports, relative) },
      declarations,
      declarationMap,
    };
    this.#read.set(file, kept);
    try {
      mkdirSync(STORE, { recursive: true });
      const target = this.#place(file);
      const written = `${target}.${process.pid}`;
      writeFileSync(written, JSON.stringify(kept));
      renameSync(written, target);
    } catch {
      // Where nothing can be written, each kernel compiles anew.
    }
  }

  /** Where the name at `position` of a helper's declarations is in its source. */
  source(declarations: ts.SourceFile, position: number): { file: ts.SourceFile; start: number } {
    const unmapped = { file: declarations, start: position };
    const helper = this.#byDeclarations.get(declarations.fileName);
    if (!helper) return unmapped;
    const { line, character } = declarations.getLineAndCharacterOfPosition(position);
    const entry = new SourceMap(JSON.parse(helper.declarationMap)).findEntry(line, character);
    const text = ts.sys.readFile(helper.file);
    if (!("originalLine" in entry) || text === undefined) return unmapped;
    const file = ts.createSourceFile(helper.file, text, ts.ScriptTarget.Latest);
    const start = file.getPositionOfLineAndCharacter(entry.originalLine, entry.originalColumn);
    return { file, start };
  }

  #lookUp(file: string): Kept | undefined {
    if (!this.#read.has(file)) this.#read.set(file, readKept(this.#place(file)));
    return this.#read.get(file);
  }

  #place(file: string): string {
    return path.join(STORE, `${hashOf(`${this.#conditions}\n${relative(file)}`)}.json`);
  }

  /** Of the file's text; empty where there is none. */
  #hash(file: string): string {
    const known = this.#hashes.get(file) ?? hashOf(ts.sys.readFile(file));
    this.#hashes.set(file, known);
    return known;
  }
}

/**
 * The texts that a helper was compiled from, its own and those of all that it imports; undefined where it cannot be
 * kept, as it depends on what is not known to stay the same.
 */
export function textsOf(
  helper: ts.SourceFile,
  imports: (file: ts.SourceFile) => readonly ts.SourceFile[],
  kept: KeptHelpers,
): Map<string, string> | undefined {
  const texts = new Map<string, string>();
  const packages = realpathSync(PACKAGES);
  const add = (file: ts.SourceFile): boolean => {
    const { fileName, text } = file;
    if (texts.has(fileName)) return true;
    if (isInstalled(fileName))
      return [PACKAGES, packages].some((folder) => fileName.startsWith(folder));
    const declared = kept.declaredAs(fileName);
    for (const [name, hash] of declared?.texts ?? []) texts.set(name, hash);
    if (declared) return true;
    const isText = fileName.endsWith(".ts") || fileName.endsWith(".json");
    if (!isText || file.isDeclarationFile || file.referencedFiles.length > 0) return false;
    texts.set(fileName, hashOf(text));
    return imports(file).every(add);
  };
  return add(helper) ? texts : undefined;
}

function readKept(place: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(place, "utf8"));
  } catch {
    return undefined;
  }
}

function withPaths(
  imports: CompiledModule["imports"],
  change: (file: string) => string,
): CompiledModule["imports"] {
  return Object.fromEntries(Object.entries(imports).map(([name, file]) => [name, change(file)]));
}

function relative(file: string): string {
  return path.relative(ROOT, file);
}

/** Empty for a file that is not there. */
export function hashOf(text: string | undefined): string {
  return text === undefined ? "" : createHash("sha256").update(text).digest("hex").slice(0, 32);
}
