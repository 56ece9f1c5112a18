/**
 * What the sockets of this program did: each call, when it began and came back, and what it moved. `ladder` draws it.
 *
 * This is done in a notebook, and elsewhere when `setRecording` asks for it. It is kept in memory, and bounded: of a
 * socket with very many calls the middle is forgotten, and of very many sockets the oldest. Of what was sent and
 * received only the first octets are kept.
 *
 * @module
 */

"use deferred interrupts";

import { currentCell } from "../../interface/cell";
import { kindOf } from "../posix/arguments";
import { MSG_PEEK } from "../posix/constants";
import { Call } from "./call";
import { now } from "./clock";
import { Repetition } from "./repetition";

/** How many calls of one socket are kept, and how many of their middle are forgotten together. */
const MOST_CALLS = 512;
const FORGOTTEN = 128;

/** How many sockets are kept, and how many calls of all of them. */
const MOST_SOCKETS = 2048;
const MOST_CALLS_OF_ALL = 16_384;

/** This process. */
const PROGRAM = process.pid;

/** Stands for every call while nothing is recorded. */
const UNKEPT = new Call("", undefined);

/** The calls on one socket, in the order in which they began. */
export class SocketRecord {
  readonly calls: Call[] = [];
  /** How many calls in the middle are no longer there, and after how many of those that are. */
  omitted = 0;
  readonly omittedAfter = (MOST_CALLS - FORGOTTEN) / 2;
  /** The addresses of a connection's two ends, as `printed` writes them. */
  local: string | undefined;
  remote: string | undefined;
  /** When the socket was closed, and how many octets nobody had read then. */
  closed: number | undefined;
  unread = 0;
  /**
   * All octets that were given by `recv` and its like, and taken by `send` and its like; of a socket that listens,
   * those of all connections that it has accepted, how many these are, and how many of them are open.
   */
  received = 0;
  sent = 0;
  accepted = 0;
  open = 0;
  #listener: SocketRecord | undefined;
  /** Whether it was closed by a reset because of SO_LINGER. */
  resets = false;
  /** Whether nothing of a connection was left by then, because the other end had reset it or both had ended it. */
  isOver = false;
  /** Whether it has become a listening socket. */
  listens = false;
  /** Whether its calls were recorded from the first on. */
  isRecorded = false;
  readonly #repetition = new Repetition();
  /** Whether something was noted since this was last set to false. */
  changed = true;
  /** Whether it is among the sockets that are kept for others. */
  isKept = false;
  constructor(
    readonly id: number,
    readonly family: number,
    readonly type: number,
    /** Whether `accept` gave it. */
    readonly isAccepted: boolean,
    readonly opened = now(),
    /** The process whose socket it is; numbers of sockets are unique within one. */
    readonly program = PROGRAM,
  ) {}

  /** Notes that a call begins. */
  begin(name: string, asked?: number | string, progress?: () => number | undefined): Call {
    if (!recording) return UNKEPT;
    const call = new Call(name, asked, progress);
    this.calls.push(call);
    if (this.isKept) kept += 1;
    if (this.calls.length >= MOST_CALLS) {
      this.calls.splice(this.omittedAfter, FORGOTTEN);
      this.omitted += FORGOTTEN;
      if (this.isKept) kept -= FORGOTTEN;
    }
    this.#note();
    return call;
  }

  /**
   * Notes that a call has come back.
   *
   * @param result what it gives: octets, octets with their sender, or a number of those in `data`
   * @param data what was to be sent, or the memory that was filled
   */
  end(call: Call, result?: unknown, data?: Uint8Array): void {
    if (call === UNKEPT) return;
    call.progress = undefined;
    const received = Array.isArray(result) ? result[0] : result;
    const moved = received instanceof Uint8Array ? received : data;
    if (moved) call.octets = typeof result === "number" ? result : moved.byteLength;
    this.#settle(call, moved);
  }

  /** Notes that a call has thrown, perhaps after a part of `data` was taken. */
  fail(call: Call, error: unknown, data?: Uint8Array): void {
    if (call === UNKEPT) return;
    const part = call.progress?.();
    call.error = wordOf(error);
    call.progress = undefined;
    if (part) call.octets = part;
    this.#settle(call, part ? data : undefined);
  }

  #settle(call: Call, moved: Uint8Array | undefined): void {
    this.#tally(call);
    const { calls } = this;
    const isLast = calls[calls.length - 1] === call;
    if (isLast && this.#repetition.counts(call, moved)) {
      calls.pop();
      if (this.isKept) kept -= 1;
    } else {
      call.end = now();
      if (moved) call.keepHead(moved);
      if (isLast) this.#repetition.seek(calls);
      else this.#repetition.break();
    }
    this.#note();
  }

  #tally({ name, octets, flags }: Call): void {
    if (octets === undefined || flags & MSG_PEEK) return;
    if (name.startsWith("send")) {
      this.sent += octets;
      if (this.#listener) this.#listener.sent += octets;
    } else {
      this.received += octets;
      if (this.#listener) this.#listener.received += octets;
    }
  }

  /** Notes what `accept` has given. */
  gave(call: Call | undefined, connection: SocketRecord): void {
    if (!call || call === UNKEPT) return;
    call.accepted = connection.id;
    call.peer = connection.remote;
    connection.#listener = this;
    this.accepted += 1;
    this.open += 1;
    this.#note();
  }

  /** Notes a call that does not wait. */
  during<T>(name: string, asked: number | string | undefined, body: () => T): T {
    const call = this.begin(name, asked);
    try {
      const result = body();
      this.end(call);
      return result;
    } catch (error) {
      this.fail(call, error);
      throw error;
    }
  }

  /** Notes that the socket is closed, by `body`. */
  close(body: () => void): void {
    this.during("close", undefined, body);
    this.closed = now();
    if (this.#listener) this.#listener.open -= 1;
    this.#note();
  }

  #note(): void {
    this.changed = true;
    for (let at = 0; at < watchers.length; at++) notify(watchers[at]);
  }
}

/** As a base class, one whose instances are what they are given. */
function itself(it: object): object {
  return it;
}

/** A socket with a private field more, its record. In a WeakMap, that costs more than all else of a new socket. */
class Recorded extends (itself as unknown as new (it: object) => object) {
  readonly #record: SocketRecord;

  constructor(sock: object, record: SocketRecord) {
    super(sock);
    this.#record = record;
  }

  static recordOf(sock: object): SocketRecord | undefined {
    const it: object = Object(sock);
    return #record in it ? it.#record : undefined;
  }
}

const records = new Map<number, SocketRecord>();
let lastId = 0;
let kept = 0;
let recording = currentCell() !== undefined;
let watchers: readonly (() => void)[] = [];

/** Whatever a watcher throws is its own: the call that is recorded has done what it has done. */
function notify(watcher: () => void): void {
  try {
    watcher();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : new Error(wordOf(error)));
  }
}

/** Begins the record of a socket. */
export function recordSocket(
  sock: { family: number; type: number },
  isAccepted: boolean,
): SocketRecord {
  const record = new SocketRecord(++lastId, sock.family, sock.type, isAccepted);
  new Recorded(sock, record);
  if (!recording) return record;
  record.isRecorded = true;
  records.set(record.id, record);
  record.isKept = true;
  if (records.size > MOST_SOCKETS || kept > MOST_CALLS_OF_ALL) forgetOne(record);
  return record;
}

/** Forgets the oldest socket, one that is closed if there is one. */
function forgetOne(newest: SocketRecord): void {
  let oldest: SocketRecord | undefined;
  for (const record of records.values()) {
    if (record === newest) break;
    oldest ??= record;
    if (record.closed === undefined) continue;
    oldest = record;
    break;
  }
  if (!oldest) return;
  records.delete(oldest.id);
  oldest.isKept = false;
  kept -= oldest.calls.length;
}

/** The sockets that are kept, in the order in which they were made. */
export function recorded(): SocketRecord[] {
  return [...records.values()];
}

/** The record of a socket, also of one that is no longer kept for others. */
export function recordOf(sock: object): SocketRecord | undefined {
  return Recorded.recordOf(sock);
}

/**
 * The record of a socket that was recorded from its first call on.
 *
 * @throws RangeError, which begins with `need`, if it was not
 */
export function requireRecord(sock: object, need: string): SocketRecord {
  const record = recordOf(sock);
  if (record?.isRecorded) return record;
  throw new RangeError(
    `${need}: made in a notebook, or after setRecording(true) of helpers/record/record`,
  );
}

/** Begins the recording of sockets that are made from now on, or ends that of all. */
export function setRecording(on: boolean): void {
  recording = on;
}

/**
 * Has `changed` called, often, when there is something new, until the function that this returns is called.
 *
 * @throws TypeError unless it is a function
 */
export function watchRecords(changed: () => void): () => void {
  if (typeof changed !== "function") {
    throw new TypeError(`the watcher must be a function, not ${kindOf(changed)}`);
  }
  watchers = [...watchers, changed];
  return () => {
    watchers = watchers.filter((watcher) => watcher !== changed);
  };
}

/** An error in one word. The reason for which a signal aborts may be anything, and resist any look. */
function wordOf(error: unknown): string {
  try {
    const { code, name } = Object(error) as { code?: unknown; name?: unknown };
    return String(code ?? name ?? error);
  } catch {
    return "error";
  }
}
