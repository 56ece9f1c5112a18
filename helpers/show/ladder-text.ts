/**
 * A ladder as text, for terminals and for whoever does not see pictures: a line a row, the server on the left.
 *
 * @module
 */

"use deferred interrupts";

import { textTable } from "./display";
import type { Wire } from "./ladder-events";
import type { LadderRow, Note, Rows } from "./ladder-rows";
import { timed } from "./quantities";

/** Wires that are inferred are dotted, as in `<... SYN ...`. */
export function ladderText(rows: Rows, heads: { left: string; right: string }): string {
  const isTold = isNumbered(rows);
  const notes = (of: Note[]) => of.map((note) => noteText(note, isTold)).join("; ");
  const lines = rows.rows.map((row) => [
    row.time === undefined ? "" : timed(row.time),
    row.gap === undefined ? notes(row.left) : `(${row.gap})`,
    row.wires.map((wire) => wireText(wire, isTold && !hasNote(row, wire))).join(" "),
    notes(row.right),
  ]);
  return textTable(["time", heads.left, "", heads.right], lines, " | ");
}

function noteText({ call, result, octets, wait, connection }: Note, isTold: boolean): string {
  const tag = isTold && connection !== undefined ? `${connection}: ` : "";
  if (wait === "begins") return `${tag}${call} ...`;
  if (wait === "goes on") return `${tag}${call} ... still waits`;
  const came = [result, octets].filter(Boolean).join(" ");
  return `${tag}${wait === "ends" ? "... " : ""}${call}${came ? ` = ${came}` : ""}`;
}

/** Whether a call of its connection stands beside a wire, so that it need not tell which that is. */
export function hasNote({ left, right }: LadderRow, { connection }: Wire): boolean {
  return (
    connection === undefined || [...left, ...right].some((one) => one.connection === connection)
  );
}

function wireText(
  { to, text, numbers, isInferred, isLost, connection }: Wire,
  tells: boolean,
): string {
  const line = isInferred ? "..." : "---";
  const [tail, head] = isLost ? [line, `${line}x`] : [line, `${line}>`];
  const words = `${tells ? `${connection}: ` : ""}${text}${numbers ? ` (${numbers})` : ""}`;
  if (to === "right") return `${tail} ${words} ${head}`;
  return `${isLost ? `x${line}` : `<${line}`} ${words} ${line}`;
}

/** Whether there is more than one connection, so that their numbers have to be told. */
export function isNumbered({ rows }: { rows: LadderRow[] }): boolean {
  return rows.some(({ left, right }) =>
    [...left, ...right].some(({ connection }) => (connection ?? 0) > 1),
  );
}
