/** Loads what cells import: compiled helpers, and packages by Node's own rules. */
import { readFileSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import * as path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect, isDeepStrictEqual } from "node:util";
import { constants, Script } from "node:vm";
import { type CompiledModule, MODULE_PARAMETERS, OUTER_PARAMETERS } from "../compile/compiled";
import type { Guards } from "./interrupts";
import { jsonProblem } from "./json-problem";
import type { NotePromise } from "./promise-places";
import { type ReaderError, readerError } from "./reader-names";

type Require = ((id: string) => unknown) & Pick<NodeJS.Require, "resolve" | "cache">;

type DynamicImport = (id: string, options?: ImportCallOptions) => Promise<unknown>;

/** What the code of a module gets from the kernel, in the order of MODULE_PARAMETERS. */
type ModuleArguments = [
  exports: object,
  require: Require,
  ...guards: Guards,
  notePromise: NotePromise,
  dynamicImport: DynamicImport,
  importMeta: ImportMeta,
  exportImport: ExportImport,
  readerError: ReaderError,
];

type ExportImport = (exports: object, name: string, get: () => unknown) => void;

/** A function that gets what OUTER_PARAMETERS name; what it returns runs the module. */
export type Wrapped = (
  module: { exports: object } | undefined,
  filename: string,
  dirname: string,
) => (...args: ModuleArguments) => void | Promise<void>;

/** What a module imports, and where it is. */
type Importing = Pick<CompiledModule, "file" | "imports" | "staticImports">;

/** One of the reader's files, for as long as the kernel runs. */
interface Helper {
  compiled: CompiledModule;
  /** Undefined where it has not run yet, or is to run anew. */
  module?: { exports: object };
  /** What it has exported so far, while it runs and awaits. */
  loading?: { exports: object };
  /** What cells get: it has the exports as they are now, also when the file has been edited. */
  view?: object;
}

const ENDINGS = ["", ".ts", ".tsx", ".js", ".jsx", "/index.ts", "/index.js"];

/** A module that cannot be loaded without waiting, and that is imported where nobody can wait. */
class Awaited extends Error {
  /** The file, or the package and from where. */
  readonly what: string;
  readonly load: () => Promise<void>;

  constructor(what: string, load: () => Promise<void>) {
    const name = path.basename(what);
    super(`${name} can only be loaded by an import declaration, or by \`await import()\``);
    this.what = what;
    this.load = load;
  }
}

/** What Node says of modules that `import` can load and `require` cannot. */
const NEEDS_IMPORT = new Set([
  ...["ERR_REQUIRE_ASYNC_MODULE", "ERR_REQUIRE_ESM", "ERR_PACKAGE_PATH_NOT_EXPORTED"],
]);

export class Modules {
  readonly #guards: Guards;
  readonly #notePromiseIn: (file: string) => NotePromise;
  readonly #provided: Record<string, object>;
  readonly #helpers = new Map<string, Helper>();
  /** Who has imported a file: all of them are stale when it changes. */
  readonly #importers = new Map<string, Set<string>>();
  /** Packages that only Node's own `import` can load, by folder and name. */
  readonly #imported = new Map<string, unknown>();

  /**
   * @param guards what guarded code of helpers calls
   * @param notePromiseIn what calls in a helper hand their promises to
   * @param provided modules that the kernel itself provides
   */
  constructor(
    guards: Guards,
    notePromiseIn: (file: string) => NotePromise,
    provided: Record<string, object>,
  ) {
    this.#guards = guards;
    this.#notePromiseIn = notePromiseIn;
    this.#provided = provided;
  }

  /** Takes a helper; if it is a new text, it, and whatever imports it, is evaluated anew when it is used next. */
  update(compiled: CompiledModule): void {
    const helper = this.#helpers.get(compiled.file);
    if (isDeepStrictEqual(helper?.compiled, compiled)) return;
    if (helper) helper.compiled = compiled;
    else this.#helpers.set(compiled.file, { compiled });
    this.#forget(compiled.file, new Set());
  }

  #forget(file: string, seen: Set<string>): void {
    if (seen.has(file)) return;
    seen.add(file);
    const helper = this.#helpers.get(file);
    if (helper) helper.module = undefined;
    for (const importer of this.#importers.get(file) ?? []) this.#forget(importer, seen);
  }

  /** `require` as a module in `folder` sees it. One without a file is a cell. */
  requireFrom(folder: string, importing: Importing): Require {
    const { file: importer, imports, staticImports } = importing;
    const nodeRequire = createRequire(path.join(folder, "cell.js"));
    const require = (id: string): unknown => {
      if (Object.hasOwn(this.#provided, id)) return this.#provided[id];
      const file = imports[id] ?? this.#resolveHelper(folder, id);
      if (file?.endsWith(".json") || isJson(id)) {
        return readJson(file ?? path.resolve(folder, id), id);
      }
      const helper = file === undefined ? undefined : this.#helpers.get(file);
      try {
        if (!helper) return this.#requirePackage(nodeRequire, folder, id);
        if (importer === "") return this.#view(helper);
        this.#noteImporter(helper.compiled.file, importer);
        return (this.#inCircle(helper, importer) ?? this.#load(helper)).exports;
      } catch (error) {
        // Where nobody waits, it is the reader who has to.
        if (error instanceof Awaited && !staticImports.includes(id)) throw new Error(error.message);
        throw error;
      }
    };
    const resolve = Object.assign(
      (id: string, options?: { paths?: string[] }) =>
        imports[id] ?? places(folder, id).find(isFile) ?? nodeRequire.resolve(id, options),
      { paths: nodeRequire.resolve.paths },
    );
    return Object.assign(require, { resolve, cache: nodeRequire.cache });
  }

  /** `import()` as a module in `folder` sees it. */
  importFrom(folder: string, importing: Importing): DynamicImport {
    return async (id, options) => {
      const name = String(id);
      const isUrl = /^(?:data|file):/.test(name);
      const file = name.startsWith("file:") ? fileURLToPath(name) : name;
      if (isUrl && !this.#helpers.has(file)) return nativeImport(folder, name, options);
      // Whoever calls waits, as an import declaration does.
      const require = this.requireFrom(folder, { ...importing, staticImports: [file] });
      return namespaceOf(await this.untilLoaded(() => require(file)));
    };
  }

  /** Runs a helper anew that an earlier cell has imported and that has changed since. */
  async renew(file: string): Promise<void> {
    const helper = this.#helpers.get(file);
    if (helper?.view && !helper.module) await this.untilLoaded(() => this.#view(helper));
  }

  /** `work`, done anew as long as it meets a module that cannot be loaded without waiting. */
  async untilLoaded<T>(work: () => T | Promise<T>): Promise<T> {
    const met = new Set<string>();
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Awaited) || met.has(error.what)) throw readerError(error);
        met.add(error.what);
        await error.load();
      }
    }
  }

  /** Of two modules that import each other, one sees the other before that has run to its end. */
  #inCircle({ compiled, loading }: Helper, importer: string): { exports: object } | undefined {
    if (!loading) return undefined;
    const above = new Set([importer]);
    for (const file of above) {
      for (const one of this.#importers.get(file) ?? []) above.add(one);
    }
    return above.has(compiled.file) ? loading : undefined;
  }

  #noteImporter(file: string, importer: string): void {
    const importers = this.#importers.get(file) ?? new Set();
    this.#importers.set(file, importers.add(importer));
  }

  /** Node's own message names folders of this machine; the reader needs the module's name. */
  #requirePackage(nodeRequire: NodeJS.Require, folder: string, id: string): unknown {
    const key = `${folder}\n${id}`;
    if (this.#imported.has(key)) return this.#imported.get(key);
    try {
      return nodeRequire(id);
    } catch (error) {
      const { code = "", message } = error as NodeJS.ErrnoException;
      if (NEEDS_IMPORT.has(code)) {
        throw new Awaited(key, async () => {
          const namespace = (await nativeImport(folder, id)) as object;
          this.#imported.set(
            key,
            viewOf(() => namespace),
          );
        });
      }
      if (code !== "MODULE_NOT_FOUND" || !message.includes(`'${id}'`)) throw error;
      throw Object.assign(new Error(`Cannot find module '${id}'`), { code });
    }
  }

  #resolveHelper(folder: string, id: string): string | undefined {
    return places(folder, id).find((place) => this.#helpers.has(place));
  }

  #load(helper: Helper): { exports: object } {
    if (helper.module) return helper.module;
    if (helper.compiled.awaits) {
      throw new Awaited(helper.compiled.file, () => this.#loadAwaited(helper));
    }
    const { module, run } = this.#prepare(helper);
    // Set before the body runs, so that two files may import each other.
    helper.module = module;
    try {
      run();
    } catch (error) {
      helper.module = undefined;
      throw error;
    }
    return module;
  }

  /** Nobody sees it before it has run to its end, but for who imports it in a circle. */
  async #loadAwaited(helper: Helper): Promise<void> {
    const { module, run } = this.#prepare(helper);
    helper.loading = module;
    try {
      await this.untilLoaded(run);
    } finally {
      helper.loading = undefined;
    }
    helper.module = module;
  }

  #prepare({ compiled }: Helper): {
    module: { exports: object };
    run: () => void | Promise<void>;
  } {
    const { file, code } = compiled;
    const folder = path.dirname(file);
    const module = { exports: {} };
    const require = this.requireFrom(folder, compiled);
    const body = wrap(code, file, compiled.awaits)(module, file, folder);
    const run = () =>
      body(
        module.exports,
        require,
        ...this.#guards,
        this.#notePromiseIn(file),
        this.importFrom(folder, compiled),
        importMeta(file, require),
        exportImport,
        readerError,
      );
    return { module, run };
  }

  /** What a cell sees of a helper. What is no ES module – JavaScript with `module.exports` – is seen as it is. */
  #view(helper: Helper): object {
    const { exports } = this.#load(helper);
    if (typeof exports !== "object" || !("__esModule" in exports)) return exports;
    helper.view = viewOf(() => (helper.module ?? this.#load(helper)).exports, helper.view);
    return helper.view;
  }
}

/** An object that has what another has at the time when it is looked at; an ES module to all that TypeScript makes. */
function viewOf(current: () => object, view: object = {}): object {
  const add = (name: string, descriptor: PropertyDescriptor) => {
    if (!Object.hasOwn(view, name))
      Object.defineProperty(view, name, { ...descriptor, configurable: true });
  };
  add("__esModule", { value: true });
  Object.defineProperty(view, inspect.custom, { value: current, configurable: true });
  for (const name of Object.keys(current())) {
    add(name, { enumerable: true, get: () => Reflect.get(current(), name) });
  }
  return view;
}

/** Where one of the reader's files may be that code in `folder` names. */
function places(folder: string, id: string): string[] {
  if (!/^\.{0,2}\//.test(id)) return [];
  const base = path.resolve(folder, id);
  return [...ENDINGS.map((ending) => base + ending), base.replace(/\.js$/, ".ts")];
}

function isFile(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A file of data, read at each import: Node would keep what it read first. */
function isJson(id: string): boolean {
  return /^\.{0,2}\/.*\.json$/.test(id);
}

function readJson(file: string, id: string): unknown {
  const text = readFileSync(file, "utf8").replace(/^\ufeff/, "");
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) error.message = jsonProblem(text, id);
    throw error;
  }
}

/** `import.meta` of the module in that file. */
export function importMeta(file: string, require: Require): ImportMeta {
  const url = pathToFileURL(file).href;
  const resolve = (id: string) => {
    if (isBuiltin(id)) return id.startsWith("node:") ? id : `node:${id}`;
    return pathToFileURL(require.resolve(id)).href;
  };
  return { url, filename: file, dirname: path.dirname(file), resolve } as ImportMeta;
}

/** What `import()` gives of a module that was loaded by `require`. */
function namespaceOf(exports: unknown): unknown {
  if (typeof exports !== "object" || exports === null) return { default: exports };
  if ("__esModule" in exports || Symbol.toStringTag in exports) return exports;
  return Object.assign({}, exports, { default: exports });
}

/** Gives an object a property that is what `get` returns, and that an assignment replaces. */
export const exportImport: ExportImport = (exports, name, get) => {
  const shared = { configurable: true, enumerable: true };
  const set = (value: unknown) =>
    Object.defineProperty(exports, name, { ...shared, value, writable: true });
  Object.defineProperty(exports, name, { ...shared, get, set });
};

/** Node's own `import()`, as a module in `folder` sees it. */
function nativeImport(folder: string, id: string, options?: ImportCallOptions): Promise<unknown> {
  const { emitWarning } = process;
  // Node warns of the constant's being experimental, which is nothing to the reader.
  process.emitWarning = () => {};
  try {
    const script = new Script("(id, options) => import(id, options)", {
      filename: path.join(folder, "cell.js"),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    return script.runInThisContext()(id, options);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** A function with this code as its body; positions in stacks are those of the code. */
export function wrap(code: string, filename: string, isAsync = false): Wrapped {
  const outer = `((${OUTER_PARAMETERS.join(", ")}) => `;
  const head = `${outer}${isAsync ? "async " : ""}function (${MODULE_PARAMETERS.join(", ")}) { `;
  const script = new Script(`${head}${code}\n})`, { filename, columnOffset: -head.length });
  return script.runInThisContext();
}
