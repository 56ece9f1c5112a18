/**
 * What a notebook finds out about a claim of its text, in the words of notebooks/claims.json.
 *
 * @module
 */

"use deferred interrupts";

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { currentCell } from "../interface/cell";

const MAP = join(__dirname, "..", "notebooks", "claims.json");

/** What the texts and the standards are called in the ids of claims, and whose they are. */
const TEXTS: Record<string, string> = {
  pymotw: "Doug Hellmann, PyMOTW-3",
  fopnp: "Rhodes and Goerzen, Foundations of Python Network Programming",
  erle: "Erle Robotics, Python Networking",
  ewing: "Cris Ewing, Socket Communications",
  rfc6298: "RFC 6298, Computing TCP's Retransmission Timer",
  rfc9293: "RFC 9293, Transmission Control Protocol",
};

/**
 * Shows what has come out for a claim: that it `holds` or `does not hold`, and the claim in words. Which text claims it
 * is folded away in JupyterLab. Where it was tried in several cases, `held` has the outcome of each by its name, and a
 * claim that is true in some of them `holds if` one of those is the case.
 *
 * @param claim the claim's id; one that is not in the map is shown without words
 * @throws RangeError where there is no case
 *
 * @example
 * verdict("pymotw-other-port", connection.getsockname()[1] !== listener.getsockname()[1]);
 * // pymotw-other-port: does not hold
 * //   The accepted connection is on another port, which the system has chosen.
 * verdict("pymotw-frees-port", { "the server closes first": true, "the client closes first": false });
 * // pymotw-frees-port: holds if the server closes first
 * //   Closing the client's socket makes its port free.
 */
export function verdict(claim: string, held: boolean | Record<string, boolean>): void {
  const found = finding(claim, held);
  const words = wordsOf(claim);
  const text = [`${claim}: ${found}`, ...(words ? [`  ${words}`] : [])].join("\n");
  const cell = currentCell();
  if (cell && words) {
    cell.display({ "text/markdown": folded(claim, found, words), "text/plain": text });
  } else console.log(text);
}

function finding(claim: string, held: boolean | Record<string, boolean>): string {
  const cases = typeof held === "boolean" ? [["", held] as const] : Object.entries(held);
  if (cases.length === 0) throw new RangeError(`${claim}: there is no case in which it was tried`);
  const names = cases.filter(([, outcome]) => outcome).map(([name]) => name);
  if (names.length === cases.length) return "holds";
  return names.length === 0 ? "does not hold" : `holds if ${names.join(" or ")}`;
}

/** What the claim says, if the map has it. */
function wordsOf(claim: string): string | undefined {
  if (!existsSync(MAP)) return undefined;
  const map: { id: string; says: string }[] = JSON.parse(readFileSync(MAP, "utf8"));
  return map.find(({ id }) => id === claim)?.says;
}

/** Markdown of one line, under which a click shows where the claim is from. */
function folded(claim: string, found: string, words: string): string {
  const text = TEXTS[claim.split("-")[0]] ?? "another text";
  const line = `<b>${escaped(found)}</b>: ${escaped(words)}`;
  return `<details><summary>${line}</summary>So says ${text}: claim ${claim} of claims.json.</details>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
