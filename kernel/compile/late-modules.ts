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
  /** By the file that refers to them, and by a module's name, the files that declare it. */
  readonly #files = new Map<string, Map<string, string[]>>();

  /** The text of the file that refers to all of Node's, without those that declare nothing but modules. */
  without(file: string, text: string, readFile: (file: string) => string | undefined): string {
    const files = new Map<string, string[]>();
    this.#files.set(file, files);
    return text.replace(REFERENCE, (line, name: string) => {
      const target = path.join(path.dirname(file), name);
      const declared = (readFile(target) ?? "").replace(COMMENT, "");
      const modules = [...declared.matchAll(MODULE)].map(([, module]) => module);
      if (modules.length === 0 || GLOBAL.test(declared) || ELSE.test(declared)) return line;
      for (const module of modules) {
        files.set(module, [...(files.get(module) ?? []), target]);
      }
      return line.replace("<reference", "(reference");
    });
  }

  /** The files that a program may have which declare the module; all, if no name is given. */
  filesOf(module: string | undefined, program: ts.Program): string[] {
    const found = Array.from(this.#files, ([file, files]) => {
      if (!program.getSourceFile(file)) return [];
      return module === undefined ? [...files.values()].flat() : (files.get(module) ?? []);
    });
    return [...new Set(found.flat())];
  }
}
