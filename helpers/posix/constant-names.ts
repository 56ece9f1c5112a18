/**
 * Numbers back to their names.
 *
 * @module
 */

"use deferred interrupts";

import { inspect } from "node:util";
import { columns, displayedAs, tableBundle } from "../show/display";
import * as constants from "./constants";

/** All names, sorted once. */
const NAMES = Object.keys(constants).sort();

/** The tables that were asked for, by their prefix. */
const tables = new Map<string, Readonly<Record<number, string>>>();

function tableOf(prefix: string): Readonly<Record<number, string>> {
  const known = tables.get(prefix);
  if (known) return known;
  const all: Record<string, number | undefined> = constants;
  const table: Record<number, string> = {};
  for (const name of NAMES) {
    const value = all[name];
    if (name.startsWith(prefix) && value !== undefined) table[value] = name;
  }
  tables.set(prefix, table);
  return table;
}

/**
 * The names that begin with `prefix`, by their numbers on this system: `getConstants("IPPROTO_")[6]` is
 * "IPPROTO_TCP". Where names share a number, it has the one that sorts last, as in the dictionary of the text:
 * on Linux 16 is "AF_ROUTE", not "AF_NETLINK", and 0 is "IPPROTO_IP", not "IPPROTO_HOPOPTS".
 */
export function getConstants(prefix: string): Record<number, string> {
  const names = { ...tableOf(prefix) };
  return displayedAs(names, () => {
    const rows = Object.entries(names);
    const [head, lines] = columns(["number", "name"], rows, Math.ceil(rows.length / 12));
    return tableBundle(head, lines, inspect(names));
  });
}

/** The name of a number, or the number if it has none. */
export function nameOf(prefix: string, value: number): string {
  return tableOf(prefix)[value] ?? String(value);
}

/** The names of the bits that are set, joined by `|` as C writes them. */
export function bitNames(prefix: string, value: number): string {
  const names = Object.entries(tableOf(prefix));
  const set = names.filter(([bit]) => (value & Number(bit)) !== 0).map(([, name]) => name);
  return set.length > 0 ? set.join("|") : String(value);
}
