/** Loads what cells import: compiled helpers, and packages by Node's own rules. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { Script } from "node:vm";
import { CHECK_INTERRUPT, type CompiledModule, NOTE_PROMISE } from "../compile/compiled";
import type { NotePromise } from "./promise-places";

type Require = (id: string) => unknown;
type Body = (
  exports: object,
  require: Require,
  module: { exports: object },
  filename: string,
  dirname: string,
  checkInterrupt: () => void,
  notePromise: NotePromise,
) => void;

const PARAMETERS = [
  ...["exports", "require", "module", "__filename", "__dirname"],
  ...[CHECK_INTERRUPT, NOTE_PROMISE],
];
const ENDINGS = ["", ".ts", ".tsx", ".js", ".jsx", "/index.ts", "/index.js"];

export class Modules {
  readonly #checkInterrupt: () => void;
  readonly #notePromiseIn: (file: string) => NotePromise;
  readonly #provided: Record<string, object>;
  readonly #compiled = new Map<string, CompiledModule>();
  readonly #loaded = new Map<string, { exports: object }>();
  /** Who has imported a file: all of them are stale when it changes. */
  readonly #importers = new Map<string, Set<string>>();

  /**
   * @param checkInterrupt what guarded loops of helpers call
   * @param notePromiseIn what calls in a helper hand their promises to
   * @param provided modules that the kernel itself provides
   */
  constructor(
    checkInterrupt: () => void,
    notePromiseIn: (file: string) => NotePromise,
    provided: Record<string, object>,
  ) {
    this.#checkInterrupt = checkInterrupt;
    this.#notePromiseIn = notePromiseIn;
    this.#provided = provided;
  }

  /** Takes a new text of a helper; it, and whatever imports it, is evaluated anew at its next import. */
  update(module: CompiledModule): void {
    this.#compiled.set(module.file, module);
    this.#forget(module.file, new Set());
  }

  #forget(file: string, seen: Set<string>): void {
    if (seen.has(file)) return;
    seen.add(file);
    this.#loaded.delete(file);
    for (const importer of this.#importers.get(file) ?? []) this.#forget(importer, seen);
  }

  /** `require` as code in `folder` sees it; `importer` is the file that the code is in, if it is one. */
  requireFrom(folder: string, importer?: string): Require {
    const nodeRequire = createRequire(path.join(folder, "cell.js"));
    return (id) => {
      if (Object.hasOwn(this.#provided, id)) return this.#provided[id];
      const file = this.#resolveHelper(folder, id);
      if (isJson(id)) return JSON.parse(readFileSync(path.resolve(folder, id), "utf8"));
      if (!file) return this.#requirePackage(nodeRequire, id);
      if (importer) {
        const importers = this.#importers.get(file) ?? new Set();
        this.#importers.set(file, importers.add(importer));
      }
      return this.#load(file).exports;
    };
  }

  /** Node's own message names folders of this machine; the reader needs the module's name. */
  #requirePackage(nodeRequire: Require, id: string): unknown {
    try {
      return nodeRequire(id);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "MODULE_NOT_FOUND" || !message.includes(`'${id}'`)) throw error;
      throw Object.assign(new Error(`Cannot find module '${id}'`), { code });
    }
  }

  #resolveHelper(folder: string, id: string): string | undefined {
    if (!/^\.{0,2}\//.test(id)) return undefined;
    const base = path.resolve(folder, id);
    const candidates = [...ENDINGS.map((ending) => base + ending), base.replace(/\.js$/, ".ts")];
    return candidates.find((candidate) => this.#compiled.has(candidate));
  }

  #load(file: string): { exports: object } {
    const known = this.#loaded.get(file);
    if (known) return known;
    const { code } = this.#compiled.get(file) as CompiledModule;
    const folder = path.dirname(file);
    const body = wrap(code, file, PARAMETERS) as Body;
    const module = { exports: {} };
    // Set before the body runs, so that two files may import each other.
    this.#loaded.set(file, module);
    try {
      body(
        module.exports,
        this.requireFrom(folder, file),
        module,
        file,
        folder,
        this.#checkInterrupt,
        this.#notePromiseIn(file),
      );
    } catch (error) {
      this.#loaded.delete(file);
      throw error;
    }
    return module;
  }
}

/** A file of data, read at each import: Node would keep what it read first. */
function isJson(id: string): boolean {
  return /^\.{0,2}\/.*\.json$/.test(id);
}

/** A function with these parameters and this code as its body; positions in stacks are those of the code. */
export function wrap(code: string, filename: string, parameters: string[], async = false): unknown {
  const head = `(${async ? "async " : ""}function (${parameters.join(", ")}) { `;
  const script = new Script(`${head}${code}\n})`, { filename, columnOffset: -head.length });
  return script.runInThisContext();
}
