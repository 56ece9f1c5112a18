/**
 * Notebooks as nbformat 4.5 stores them: as much of them as the tools and tests read.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** A text, which nbformat may store as its lines. */
export type MultilineString = string | string[];

export interface Cell {
  id: string;
  cell_type: "code" | "markdown" | "raw";
  metadata: { tags?: string[] };
  source: MultilineString;
  /** Of a code cell. */
  outputs?: { data?: Record<string, MultilineString> }[];
}

export interface Notebook {
  cells: Cell[];
}

export function readNotebook(path: string): Notebook {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** The text in one piece. */
export function joined(text: MultilineString): string {
  return [text].flat().join("");
}
