/** A cell that was run before those above it, which declare what it uses. */
import type ts from "typescript";
import { type CompiledCell, isCellFile } from "./compiled";

/**
 * "Cannot find name" and "No value exists in scope for the shorthand property", where TypeScript knows none that is near;
 * and where it thinks of jQuery, of a test runner or of Bun, as for `$` and `test`.
 */
const NOT_FOUND = new Set([2304, 18004, 2581, 2582, 2592, 2593, 2867, 2868]);

/** One line that names them, where nothing is wrong with a cell but names that nobody has declared. */
export function undeclaredNames(diagnostics: readonly ts.Diagnostic[]): CompiledCell["errors"] {
  const names = new Set<string>();
  for (const { file, code, start, length } of diagnostics) {
    if (!file || !isCellFile(file.fileName) || !NOT_FOUND.has(code)) {
      return undefined;
    }
    names.add(`\`${file.text.slice(start, (start ?? 0) + (length ?? 0))}\``);
  }
  const line = `not declared yet: ${[...names].join(", ")}. Run the cells above first`;
  return { first: line, text: line };
}
