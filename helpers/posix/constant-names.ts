/**
 * Numbers back to their names.
 *
 * @module
 */

import { inspect } from "node:util";
import { columns, displayedAs, tableBundle } from "../show/display";
import * as constants from "./constants";

/**
 * The names that begin with `prefix`, by their numbers on this system: `getConstants("IPPROTO_")[6]` is
 * "IPPROTO_TCP". Where names share a number, it has the one that sorts last, as in the dictionary of the text:
 * on Linux 16 is "AF_ROUTE", not "AF_NETLINK", and 0 is "IPPROTO_IP", not "IPPROTO_HOPOPTS".
 */
export function getConstants(prefix: string): Record<number, string> {
  const names: Record<number, string> = {};
  const all: Record<string, number | undefined> = constants;
  for (const name of Object.keys(all).sort()) {
    const value = all[name];
    if (name.startsWith(prefix) && value !== undefined) names[value] = name;
  }
  return displayedAs(names, () => {
    const rows = Object.entries(names);
    const [head, lines] = columns(["number", "name"], rows, Math.ceil(rows.length / 12));
    return tableBundle(head, lines, inspect(names));
  });
}

/** The name of a number, or the number if it has none. */
export function nameOf(prefix: string, value: number): string {
  return getConstants(prefix)[value] ?? String(value);
}

/** The names of the bits that are set, joined by `|` as C writes them. */
export function bitNames(prefix: string, value: number): string {
  const names = Object.entries(getConstants(prefix));
  const set = names.filter(([bit]) => (value & Number(bit)) !== 0).map(([, name]) => name);
  return set.length > 0 ? set.join("|") : String(value);
}
