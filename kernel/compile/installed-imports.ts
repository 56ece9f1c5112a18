/**
 * What installed files import, as TypeScript has found it: of Node's modules, most of which are in no file, it would
 * look for each in all folders, and again whenever a program has other files than the one before.
 */
import { isBuiltin } from "node:module";
import * as path from "node:path";
import type ts from "typescript";

type Found = ts.ResolvedModuleWithFailedLookupLocations;

const found = new Map<string, Found>();

export class InstalledImports {
  readonly #conditions: string;

  constructor(options: ts.CompilerOptions) {
    this.#conditions = JSON.stringify(options);
  }

  /** As `resolve` has it, or had it before. */
  find(name: string, importer: string, mode: ts.ResolutionMode, resolve: () => Found): Found {
    const key = [path.dirname(importer), name, mode, this.#conditions].join("\n");
    const known = found.get(key);
    if (known) return known;
    const result = resolve();
    if (result.resolvedModule || isBuiltin(name)) found.set(key, result);
    return result;
  }
}

export function forgetInstalledImports(): void {
  found.clear();
}
