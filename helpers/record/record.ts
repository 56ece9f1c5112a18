/**
 * What the sockets of this program did: each call, when it began and came back, and what it moved. `ladder` draws it.
 *
 * This is done in a notebook, and elsewhere when `setRecording` asks for it. It is kept in memory, and bounded: of a
 * socket with very many calls the middle is forgotten, and of very many sockets the oldest. Of what was sent and
 * received only the first octets are kept.
 *
 * @module
 */

import { currentCell } from "../../interface/cell";
import { MSG_PEEK } from "../posix/constants";

/** How many octets of what a call moved are kept. */
export const HEAD = 24;

/** How many calls of one socket are kept, and how many of their middle are forgotten together. */
const MOST_CALLS = 512;
const FORGOTTEN = 128;

/** How many sockets are kept, and how many calls of all of them. */
const MOST_SOCKETS = 2048;
const MOST_CALLS_OF_ALL = 16_384;

/** After so many equal calls in a row, or so many equal pairs of calls, further ones are only counted. */
const ENOUGH = 16;

/** Milliseconds on a clock that all programs of this machine share, and that nobody sets. */
const offset = clockOffset();

/** Between two readings of the clock, `performance.now` was what it was; the closest two of some count. */
function clockOffset(): number {
  let best = { width: Number.POSITIVE_INFINITY, offset: 0 };
  for (let turn = 0; turn < 8; turn++) {
    const before = Number(process.hrtime.bigint()) / 1e6;
    const reading = performance.now();
    const after = Number(process.hrtime.bigint()) / 1e6;
    const width = after - before;
    if (width < best.width) best = { width, offset: (before + after) / 2 - reading };
  }
  return best.offset;
}

/** The time on that clock. */
export function now(): number {
  return offset + performance.now();
}

/** One call on a socket. */
export class Call {
  /** When it came back; undefined while it waits. */
  end: number | undefined;
  /** Whether it had to wait for the other side or for the system. */
  waited = false;
  /** The octets that it has taken or given. */
  octets: number | undefined;
  /** The first of these octets, one character for each. */
  head: string | undefined;
  /** MSG_PEEK and the like. */
  flags = 0;
  /** The code of the error that it threw, or the name of what ended its wait. */
  error: string | undefined;
  /** The number of the socket that `accept` gave, and the address of its other end. */
  accepted: number | undefined;
  peer: string | undefined;
  /** How many equal calls this one stands for; it began with the first of them, and came back with the last. */
  times = 1;
  constructor(
    /** The method: "recv". */
    readonly name: string,
    /** What it was asked: octets wanted or to be sent, an address. */
    readonly asked: number | string | undefined,
    /** While it waits, how many octets it has moved by now. */
    public progress?: (() => number | undefined) | undefined,
    readonly start = now(),
  ) {}

  /** Whether the other did the same, and with the same result. */
  equals(other: Call | undefined): boolean {
    return (
      other !== undefined &&
      this.octets === other.octets &&
      this.name === other.name &&
      this.asked === other.asked &&
      this.head === other.head &&
      this.error === other.error &&
      this.flags === other.flags &&
      this.name !== "accept"
    );
  }

  /** Keeps the first of the octets that were moved. */
  keepHead(of: Uint8Array): void {
    const length = Math.min(this.octets ?? 0, HEAD, of.byteLength);
    this.head = Reflect.apply(latin1Slice, of, [0, length]);
  }
}

const { latin1Slice } = Buffer.prototype;

/** Stands for every call while nothing is recorded. */
const UNKEPT = new Call("", undefined);

/** A call that was made so often that further ones are only counted, and the first octets that it moves. */
interface Repeated {
  readonly call: Call;
  readonly head: Uint8Array | undefined;
}

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
  private listener: SocketRecord | undefined;
  /** Whether it was closed by a reset because of SO_LINGER. */
  resets = false;
  /** Whether it has become a listening socket. */
  listens = false;
  /** Whether its calls were recorded from the first on. */
  isRecorded = false;
  /** How many calls in a row were each as the one before, and as the one before that. */
  private equal = 0;
  private alternating = 0;
  /** The calls that are being repeated, and which of them is to come next. */
  private repeated: Repeated[] = [];
  private next = 0;
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
    readonly program = process.pid,
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
    this.note();
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
    this.settle(call, moved);
  }

  /** Notes that a call has thrown, perhaps after a part of `data` was taken. */
  fail(call: Call, error: unknown, data?: Uint8Array): void {
    if (call === UNKEPT) return;
    const part = call.progress?.();
    call.error = wordOf(error);
    call.progress = undefined;
    if (part) call.octets = part;
    this.settle(call, part ? data : undefined);
  }

  private settle(call: Call, moved: Uint8Array | undefined): void {
    this.count(call);
    if (!this.repeats(call, moved)) {
      call.end = now();
      if (moved) call.keepHead(moved);
      this.seekRepetition(call);
    }
    this.note();
  }

  private count({ name, octets, flags }: Call): void {
    if (octets === undefined || flags & MSG_PEEK) return;
    if (name.startsWith("send")) {
      this.sent += octets;
      if (this.listener) this.listener.sent += octets;
    } else {
      this.received += octets;
      if (this.listener) this.listener.received += octets;
    }
  }

  /** Notes what `accept` has given. */
  gave(call: Call | undefined, connection: SocketRecord): void {
    if (!call || call === UNKEPT) return;
    call.accepted = connection.id;
    call.peer = connection.remote;
    connection.listener = this;
    this.accepted += 1;
    this.open += 1;
    this.note();
  }

  /**
   * Only counts the call if it goes on with what has been repeated often enough. This is what happens to most calls of
   * a long conversation, hence no text is made of its octets.
   */
  private repeats(call: Call, moved: Uint8Array | undefined): boolean {
    const { calls, repeated } = this;
    if (repeated.length === 0) return false;
    const { call: awaited, head } = repeated[this.next];
    const goesOn =
      calls[calls.length - 1] === call &&
      call.octets === awaited.octets &&
      call.name === awaited.name &&
      call.asked === awaited.asked &&
      call.error === awaited.error &&
      call.flags === awaited.flags &&
      beginsWith(moved, head);
    if (!goesOn) {
      this.repeated = [];
      return false;
    }
    awaited.times += 1;
    // To read the clock is the dearest part of it all: where nothing was waited for, the beginning is near enough.
    awaited.end = call.waited ? now() : call.start;
    calls.pop();
    if (this.isKept) kept -= 1;
    this.next = (this.next + 1) % repeated.length;
    return true;
  }

  /** Sees whether the call, or the last two in turn, have been repeated often enough. */
  private seekRepetition(call: Call): void {
    const { calls } = this;
    const last = calls.length - 1;
    const isLast = calls[last] === call;
    this.equal = isLast && call.equals(calls[last - 1]) ? this.equal + 1 : 0;
    this.alternating = isLast && call.equals(calls[last - 2]) ? this.alternating + 1 : 0;
    if (this.equal >= ENOUGH) this.expectRepetition(call);
    else if (this.alternating >= 2 * ENOUGH) this.expectRepetition(calls[last - 1], call);
  }

  private expectRepetition(...calls: Call[]): void {
    this.repeated = calls.map((call) => ({
      call,
      head: call.head === undefined ? undefined : Buffer.from(call.head, "latin1"),
    }));
    this.next = 0;
    this.equal = 0;
    this.alternating = 0;
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

  /** Notes that the socket is closed, by `body`, with so many octets unread. */
  close(unread: number, body: () => void): void {
    this.unread = unread;
    this.during("close", undefined, body);
    this.closed = now();
    if (this.listener) this.listener.open -= 1;
    this.note();
  }

  private note(): void {
    this.changed = true;
    for (let at = 0; at < watchers.length; at++) watchers[at]();
  }
}

const records = new Map<number, SocketRecord>();
const bySocket = new WeakMap<object, SocketRecord>();
let lastId = 0;
let kept = 0;
let recording = currentCell() !== undefined;
let watchers: readonly (() => void)[] = [];

/** Begins the record of a socket. */
export function recordSocket(
  sock: { family: number; type: number },
  isAccepted: boolean,
): SocketRecord {
  const record = new SocketRecord(++lastId, sock.family, sock.type, isAccepted);
  bySocket.set(sock, record);
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
  return bySocket.get(sock);
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

/** Has `changed` called, often, when there is something new, until the function that this returns is called. */
export function watchRecords(changed: () => void): () => void {
  watchers = [...watchers, changed];
  return () => {
    watchers = watchers.filter((watcher) => watcher !== changed);
  };
}

function beginsWith(octets: Uint8Array | undefined, head: Uint8Array | undefined): boolean {
  if (octets === undefined || head === undefined) return octets === head;
  for (let at = 0; at < head.length; at++) {
    if (octets[at] !== head[at]) return false;
  }
  return true;
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
