/**
 * How a value of the helpers shows itself under a cell: by a method that Jupyter kernels for JavaScript agree on. It
 * gives the same content in several forms, always as plain text too, for a terminal and for whoever reads the file.
 *
 * @module
 */

"use deferred interrupts";

import type { MimeBundle } from "../../interface/cell";

/** The name of the method that gives the MIME bundle. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** A value that shows itself. */
export interface Displayable {
  [DISPLAY](): MimeBundle;
}

/** Gives an object the method, unseen by whoever looks at its properties. */
export function displayedAs<T extends object>(value: T, bundle: () => MimeBundle): T {
  return Object.defineProperty(value, DISPLAY, { value: bundle });
}

/** Gives all objects of a class the method. */
export function displayEach<T extends object>(
  of: { readonly prototype: T },
  bundle: (value: T) => MimeBundle,
): void {
  Object.defineProperty(of.prototype, DISPLAY, {
    configurable: true,
    value(this: T) {
      return bundle(this);
    },
  });
}

/** A table as Markdown and as text; `text`, if given, is its plain form instead. */
export function tableBundle(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  text = textTable(head, rows),
): MimeBundle {
  return { "text/markdown": markdownTable(head, rows), "text/plain": text };
}

/** Columns side by side, each as wide as its widest cell, with `gap` between. A head of empty strings is left out. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  gap = "  ",
): string {
  const lines = head.join("") === "" ? rows : [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join(gap)
        .trimEnd(),
    )
    .join("\n");
}

/** A table as GitHub Flavored Markdown, section 4.10, writes it. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(literally).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** A long table as several short ones side by side, three at most, to be read down and then to the right. */
export function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  parts: number,
): [head: string[], rows: string[][]] {
  const wide = Math.min(3, Math.max(1, parts));
  const height = Math.ceil(rows.length / wide);
  const line = (index: number) =>
    Array.from({ length: wide }, (_, part) => rows[part * height + index] ?? head.map(() => ""));
  return [
    Array.from({ length: wide }, () => head).flat(),
    Array.from({ length: height }, (_, index) => line(index).flat()),
  ];
}

/** The text in Markdown that means nothing but itself, in one line. */
function literally(text: string): string {
  return text.replace(/[\\`*[\]<>{}#|~$&!]|(?<!\w)_|_(?!\w)/g, "\\$&").replace(/\p{Cc}+/gu, " ");
}
