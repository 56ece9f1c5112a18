/** Completion in a string: what is replaced, and by what. */
import ts from "typescript";
import type { Completions } from "./typescript-for-tslab";

/** The length of the line that tslab puts in front of a cell. */
const PREFIX_LENGTH = "export {};\n".length;

/** What a completion may be in the text of an import: only there do entries have these kinds. */
const IN_A_PATH: ReadonlySet<ts.ScriptElementKind> = new Set([
  ts.ScriptElementKind.scriptElement,
  ts.ScriptElementKind.directory,
  ts.ScriptElementKind.externalModuleName,
]);

/** In a string, tslab would put a completion at the cursor; TypeScript says what it replaces. */
export function stringCompletions(
  { original }: Completions,
  code: string,
  position: number,
): Omit<Completions, "original"> | undefined {
  const [start, end] = replacedInString(original, code, position) ?? [];
  if (!original || start === undefined || end === undefined) return undefined;
  const typed = code.slice(start, position);
  const names = original.entries.map(({ name }) => name).filter((name) => name.startsWith(typed));
  return { start, end, candidates: names.sort() };
}

function replacedInString(
  original: ts.CompletionInfo | undefined,
  code: string,
  position: number,
): [number, number] | undefined {
  const span = original?.entries.find((entry) => entry.replacementSpan)?.replacementSpan;
  if (span) return [span.start - PREFIX_LENGTH, ts.textSpanEnd(span) - PREFIX_LENGTH];
  if (!original?.entries.some(({ kind }) => IN_A_PATH.has(kind))) return undefined;
  // Of a path's last part that is a word TypeScript says nothing, as editors replace the word at the cursor.
  const [before = ""] = code.slice(0, position).match(/[\p{ID_Continue}$]*$/u) ?? [];
  const [after = ""] = code.slice(position).match(/^[\p{ID_Continue}$]*/u) ?? [];
  return [position - before.length, position + after.length];
}
