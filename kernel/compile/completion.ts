/** Completion: of what kind each entry is; and in a string, what is replaced, and by what. */
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

/**
 * Content of a complete_reply.
 *
 * @param found what was found for the cell at the position, in UTF-16 units; the reply counts code points
 */
export function completion(found: Completions, code: string, position: number): object {
  const { candidates, ...place } = stringCompletions(found, code, position) ?? found;
  const [start, end] = [codePoints(code, place.start), codePoints(code, place.end)];
  const types = typedCompletions(candidates, start, end, found.original);
  return {
    status: "ok",
    matches: candidates,
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: types },
  };
}

function codePoints(code: string, position: number): number {
  return [...code.slice(0, position)].length;
}

/** A completion as front ends take it from the metadata of a complete_reply; positions are code points. */
interface TypedCompletion {
  start: number;
  end: number;
  text: string;
  /** In the words that ipykernel uses, of which JupyterLab knows some. */
  type: string;
}

const TYPES = new Map<ts.ScriptElementKind, string>([
  ...typed("function", "function", "local function", "method", "call", "construct"),
  ...typed("class", "class", "local class", "constructor", "interface", "type", "enum"),
  ...typed("class", "type parameter", "primitive type"),
  ...typed("property", "property", "getter", "setter", "accessor", "enum member", "JSX attribute"),
  ...typed("instance", "const", "let", "var", "local var", "using", "await using", "alias"),
  ...typed("param", "parameter"),
  ...typed("module", "module", "external module name"),
  ...typed("path", "script", "directory"),
  ...typed("keyword", "keyword"),
]);

function typed(
  type: string,
  ...kinds: `${ts.ScriptElementKind}`[]
): [ts.ScriptElementKind, string][] {
  return kinds.map((kind) => [kind as ts.ScriptElementKind, type]);
}

/** The candidates with their types, in the same order. */
function typedCompletions(
  candidates: readonly string[],
  start: number,
  end: number,
  original: ts.CompletionInfo | undefined,
): TypedCompletion[] {
  const kinds = new Map(original?.entries.map(({ name, kind }) => [name, kind]));
  return candidates.map((text) => {
    const kind = kinds.get(text);
    return { start, end, text, type: (kind && TYPES.get(kind)) ?? "statement" };
  });
}

/** In a string, tslab would put a completion at the cursor; TypeScript says what it replaces. */
function stringCompletions(
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
