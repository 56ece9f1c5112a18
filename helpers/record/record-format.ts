/**
 * The form of the files in which records are shared: a line of JSON that names the form, then a line a socket.
 *
 * What another program has written is believed only as far as it has the right form.
 *
 * @module
 */

"use deferred interrupts";

import { Call } from "./call";
import { SocketRecord } from "./record";

const FORM = "socket-record-1";

/** What a reader gives for what is not of its form. */
const WRONG = Symbol("wrong");

/** Reads a field of a file, which is undefined where there is none. */
type Reader<Value> = (value: unknown) => Value | typeof WRONG;

/** The fields in which a thing is written, each with its check and what it is where a file has none. */
type Fields<Thing> = { readonly [Name in keyof Thing]?: Reader<Thing[Name]> };

type Read<Table> = {
  [Name in keyof Table]: Table[Name] extends Reader<infer Value> ? Value : never;
};

const number: Reader<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : WRONG;

/** The number of a cell. */
const ordinal: Reader<number> = (value) =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : WRONG;

/** Longer than any address or name of ours, and short enough to be drawn. */
const text: Reader<string> = (value) =>
  typeof value === "string" && value.length <= 256 ? value : WRONG;

const flag: Reader<boolean> = (value) => value === true || value === 1;

function maybe<Value>(read: Reader<Value>): Reader<Value | undefined> {
  return (value) => (value === undefined ? undefined : read(value));
}

function otherwise<Value>(read: Reader<Value>, missing: Value): Reader<Value> {
  return (value) => {
    const found = read(value);
    return found === WRONG ? missing : found;
  };
}

/** A call is an array of these, in their order. */
const CALL = {
  name: text,
  asked: (value) => (typeof value === "number" ? number(value) : maybe(text)(value)),
  start: number,
  end: maybe(number),
  waited: flag,
  octets: maybe(number),
  head: maybe(text),
  error: maybe(text),
  accepted: maybe(number),
  peer: maybe(text),
  times: otherwise(number, 1),
  flags: otherwise(number, 0),
  cell: otherwise(maybe(ordinal), undefined),
} satisfies Fields<Call>;

const SOCKET = {
  id: number,
  family: number,
  type: number,
  isAccepted: flag,
  local: maybe(text),
  remote: maybe(text),
  opened: number,
  closed: maybe(number),
  unread: number,
  resets: flag,
  isOver: flag,
  omitted: otherwise(number, 0),
  calls: (value) => (Array.isArray(value) ? value.flatMap(readCall) : WRONG),
} satisfies Fields<SocketRecord>;

const CALL_NAMES = Object.keys(CALL) as (keyof typeof CALL)[];
const SOCKET_NAMES = Object.keys(SOCKET) as (keyof typeof SOCKET)[];

/** The first line of a file, which tells for how many milliseconds at most it stays as it is after something new. */
export function formatHead(pause: number): string {
  return `${JSON.stringify({ form: FORM, pid: process.pid, pause })}\n`;
}

/** The pause that the head of a file tells. */
export function parsePause(file: string): number | undefined {
  const pause = number(readHead(file)?.pause);
  return pause === WRONG ? undefined : pause;
}

function readHead(file: string): Record<string, unknown> | undefined {
  const head = parse(file.split("\n", 1)[0]);
  return isObject(head) && head.form === FORM ? head : undefined;
}

/** The line of a socket. */
export function formatRecord(record: SocketRecord): string {
  const calls = record.calls.map((call) => {
    const octets = call.octets ?? call.progress?.();
    return CALL_NAMES.map((name) => written(name === "octets" ? octets : call[name]));
  });
  return `${JSON.stringify({ ...record, calls }, SOCKET_NAMES)}\n`;
}

/** As a call's array has it: microseconds are fine enough. */
function written(value: string | number | boolean | undefined): string | number | null {
  if (typeof value === "number") return Math.round(value * 1000) / 1000;
  return typeof value === "boolean" ? Number(value) : (value ?? null);
}

/** The sockets in a file of a program. A line that has not the right form is left out. */
export function parseRecords(file: string, program: number): SocketRecord[] {
  if (!readHead(file)) return [];
  const [, ...lines] = file.split("\n");
  return lines.flatMap((line) => readSocket(parse(line), program));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** One socket, or none. */
function readSocket(value: unknown, program: number): SocketRecord[] {
  if (!isObject(value)) return [];
  const values = SOCKET_NAMES.map((name) => value[name]);
  const read = readFields(SOCKET, SOCKET_NAMES, values);
  if (read === WRONG) return [];
  const { id, family, type, isAccepted, opened } = read;
  const record = new SocketRecord(id, family, type, isAccepted, opened, program);
  return [Object.assign(record, read)];
}

/** One call, or none. */
function readCall(value: unknown): Call[] {
  const read = Array.isArray(value) ? readFields(CALL, CALL_NAMES, value) : WRONG;
  if (read === WRONG) return [];
  return [Object.assign(new Call(read.name, read.asked, undefined, read.start), read)];
}

/** All fields of a table from their values, of which null is none; or WRONG where one is. */
function readFields<Table extends Record<string, Reader<unknown>>>(
  table: Table,
  names: readonly (keyof Table)[],
  values: readonly unknown[],
): Read<Table> | typeof WRONG {
  const read: Partial<Read<Table>> = {};
  for (const [at, name] of names.entries()) {
    const value = table[name](values[at] ?? undefined);
    if (value === WRONG) return WRONG;
    read[name] = value as Read<Table>[typeof name];
  }
  return read as Read<Table>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
