/**
 * Node's modules that a cell may import and mostly does not: three quarters of all declarations that a cell's program
 * would have. The TypeScript of the bundle asks for them when somebody imports one (tools/bundle.ts).
 */
import * as path from "node:path";
import ts from "typescript";

const REFERENCE = /^\/\/\/ <reference path="([^"]+)" \/>$/gm;
const MODULE = /^declare module ["']([^"']+)["']/gm;
const GLOBAL = /^\s*(?:declare\s+)?global\s*\{/m;
const COMMENT = /\/\*[\s\S]*?\*\//g;
/** What is not a module, nor inside of one: everybody sees that. */
const ELSE = /^(?!declare module|\}|\s|\/\/|$).*/m;

export class LateModules {
  /** Whether this TypeScript asks for them. */
  readonly isPossible = "asksForLateModules" in ts;
  /** By a module's name, the files that declare it. */
  readonly #files = new Map<string, string[]>();

  /** The text of the file that refers to all of Node's, without those that declare nothing but modules. */
  without(file: string, text: string, readFile: (file: string) => string | undefined): string {
    return text.replace(REFERENCE, (line, name: string) => {
      const target = path.join(path.dirname(file), name);
      const declared = (readFile(target) ?? "").replace(COMMENT, "");
      const modules = [...declared.matchAll(MODULE)].map(([, module]) => module);
      if (modules.length === 0 || GLOBAL.test(declared) || ELSE.test(declared)) return line;
      for (const module of modules) {
        this.#files.set(module, [...(this.#files.get(module) ?? []), target]);
      }
      return line.replace("<reference", "(reference");
    });
  }

  /** The files that declare the module; all, if no name is given. */
  filesOf(module: string | undefined): string[] {
    return module === undefined
      ? [...new Set([...this.#files.values()].flat())]
      : (this.#files.get(module) ?? []);
  }
}
