/** Whether a text is a whole cell, or goes on: what a console asks before it runs what was typed. */
import ts from "typescript";
import { CELL_FILE } from "./compiled";
import { TRANSPILE } from "./transpile";

/** "Unterminated template literal" and the same of a comment: TypeScript puts these where the reader began. */
const OPEN_ENDED = new Set([1160, 1010]);

/** "Unterminated string literal": a string ends on its own line. */
const OPEN_STRING = 1002;

/**
 * Content of an is_complete_reply.
 *
 * @param indent what the next line of an incomplete text begins with
 */
export function completeness(code: string, indent: () => string | undefined): object {
  const { diagnostics = [] } = ts.transpileModule(code, {
    fileName: CELL_FILE,
    reportDiagnostics: true,
    compilerOptions: { ...TRANSPILE, module: ts.ModuleKind.ESNext },
  });
  const [first] = diagnostics;
  if (!first) return { status: "complete" };
  // More text can mend what is missing at the end, and nothing before it.
  const isAtEnd = (first.start ?? 0) >= code.trimEnd().length && first.code !== OPEN_STRING;
  const isOpen = OPEN_ENDED.has(first.code) || isAtEnd;
  return isOpen ? { status: "incomplete", indent: indent() ?? "" } : { status: "invalid" };
}
