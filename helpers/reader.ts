/**
 * Whole messages from a stream, however it was cut on its way: by their length, up to a separator, or line by line. The
 * calls are those of Python's `asyncio.StreamReader`.
 *
 * What has come and was not asked for yet, the reader keeps for its next call: a socket has one reader, and no `recv`
 * beside it.
 *
 * What differs from Python: a call that fails by the limit, by its time limit, by a signal or by an interrupt has taken
 * nothing, `readline` and `read` of everything too.
 *
 * @module
 */

"use deferred interrupts";

import { inspect } from "node:util";
import { integer, MOST_OCTETS } from "./posix/arguments";
import { Bytes, bytes, type Data, repr } from "./posix/bytes";
import { type Limit, limitOf, milliseconds, rest, type WaitOptions } from "./posix/cancellation";
import { SOCK_STREAM } from "./posix/constants";
import { interruptHeard, isInterrupted } from "./posix/fairness";
import { Socket } from "./posix/socket-class";
import { isSystemError, timeoutError } from "./posix/system-error";
import { counted } from "./show/quantities";

/** How many octets a separator may be away, unless the reader is told otherwise; as in Python. */
const LIMIT = 2 ** 16;

/** How many octets are asked of the socket at a time. */
const PIECE = 2 ** 16;

/** The stream has ended before what was asked for was complete. What there was is in `partial`, and no longer to be read. */
export class IncompleteReadError extends Error {
  override readonly name = "IncompleteReadError";

  constructor(
    /** The octets that did come. */
    readonly partial: Bytes,
    /** How many were to come; undefined where the end of the message was to be found by its separator. */
    readonly expected: number | undefined,
  ) {
    const wanted = expected === undefined ? "a separator" : counted(expected, "octet");
    super(`was expecting ${wanted} but received only ${partial.length} before the stream ended`);
  }
}

/** A separator is farther away than the reader's limit. Nothing was taken: `read` still gives all of it. */
export class LimitOverrunError extends Error {
  override readonly name = "LimitOverrunError";

  constructor(
    message: string,
    /** So many octets from the first one on, the separator does not begin. */
    readonly consumed: number,
  ) {
    super(message);
  }
}

/**
 * Reads messages from one stream. A call that may wait takes the same last argument as those of the socket; its time
 * limit, or the socket's, is for the whole call, in however many pieces the message comes.
 *
 * Only one call may wait at a time: another one throws an Error with code ERR_NOT_AWAITED. An error of the socket is thrown
 * by the call that meets it, and what had come before stays to be read.
 */
export class StreamReader {
  /** How many octets there may be before a separator. */
  readonly limit: number;
  readonly #sock: Socket<number>;
  readonly #unread = new Unread();
  /** The call that has not come back. */
  #waiting: string | undefined;

  /** @see reader */
  constructor(sock: Socket<number>, limit: number = LIMIT) {
    if (!(sock instanceof Socket) || sock.type !== SOCK_STREAM) {
      throw new TypeError("a reader needs a socket of the type SOCK_STREAM");
    }
    this.limit = integer(limit, "limit", 1, MOST_OCTETS);
    this.#sock = sock;
  }

  /**
   * Waits until something is there, and gives at most `n` octets of it; none mean that the stream has ended. With -1, or
   * without a number, all octets up to the end of the stream, however many.
   *
   * @throws what `recv` throws
   */
  async read(n = -1, options?: WaitOptions): Promise<Bytes> {
    const most = integer(n, "n", -1, MOST_OCTETS);
    return await this.#take("read", options, (ended) => {
      const { length } = this.#unread;
      if (most < 0) return ended ? this.#unread.take(length) : undefined;
      const isEnough = most === 0 || length > 0 || ended;
      return isEnough ? this.#unread.take(Math.min(most, length)) : undefined;
    });
  }

  /**
   * Exactly `n` octets. The limit of the reader is not for this call: who takes the number from the other side has to
   * look at it first.
   *
   * @throws IncompleteReadError where the stream ends before, and what `recv` throws
   *
   * @example
   * const messages = reader(connection);
   * const word = await messages.readexactly(4);
   * console.log(word); // b'This'
   */
  async readexactly(n: number, options?: WaitOptions): Promise<Bytes> {
    const length = integer(n, "n", 0, MOST_OCTETS);
    return await this.#take("readexactly", options, (ended) => {
      if (this.#unread.length >= length) return this.#unread.take(length);
      if (ended) throw new IncompleteReadError(this.#unread.take(this.#unread.length), length);
      return undefined;
    });
  }

  /**
   * Everything up to the separator, which is the end of what it gives.
   *
   * @param separator one octet at least
   * @throws IncompleteReadError where the stream ends before, LimitOverrunError where more octets than the limit come
   * before it, and what `recv` throws
   *
   * @example
   * const messages = reader(connection);
   * const sentence = await messages.readuntil(". ");
   * console.log(sentence); // b'This is the message. '
   */
  async readuntil(separator: Data = "\n", options?: WaitOptions): Promise<Bytes> {
    return await this.#until("readuntil", bytes(separator), options);
  }

  /**
   * One line, with the newline that ends it. The last one of a stream may be without; no octets mean that the stream has
   * ended.
   *
   * @throws LimitOverrunError for a line that is longer than the limit, and what `recv` throws
   */
  async readline(options?: WaitOptions): Promise<Bytes> {
    try {
      return await this.#until("readline", bytes("\n"), options);
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      throw error;
    }
  }

  /** Line by line, to the end of the stream. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Bytes, void, undefined> {
    while (true) {
      const line = await this.readline();
      if (line.length === 0) return;
      yield line;
    }
  }

  [inspect.custom](): string {
    return `<StreamReader unread=${this.#unread.length} limit=${this.limit} of ${this.#sock}>`;
  }

  async #until(call: string, separator: Bytes, options?: WaitOptions): Promise<Bytes> {
    if (separator.length === 0) throw new RangeError("separator must have one octet at least");
    let consumed = 0;
    return await this.#take(call, options, (ended) => {
      const at = this.#unread.indexOf(separator, consumed);
      // What follows may begin the separator, whose rest is on its way.
      consumed = at < 0 ? Math.max(consumed, this.#unread.length + 1 - separator.length) : at;
      if (consumed > this.limit) {
        const found = `no ${repr(separator)} in ${counted(this.limit, "octet")}`;
        throw new LimitOverrunError(`${found}, which is the limit of the reader`, consumed);
      }
      if (at >= 0) return this.#unread.take(at + separator.length);
      if (ended) throw new IncompleteReadError(this.#unread.take(this.#unread.length), undefined);
      return undefined;
    });
  }

  /** Receives until `message` gives one. */
  async #take(
    call: string,
    options: WaitOptions | undefined,
    message: (ended: boolean) => Bytes | undefined,
  ): Promise<Bytes> {
    if (this.#waiting !== undefined) throw notAwaited(call, this.#waiting);
    if (isInterrupted()) await interruptHeard();
    const start = performance.now();
    const limit = limitOf(options, milliseconds(this.#sock.gettimeout()));
    this.#waiting = call;
    try {
      for (let ended = false; ; ended = !(await this.#receive(limit, start))) {
        const taken = message(ended);
        if (taken !== undefined) return taken;
      }
    } finally {
      this.#waiting = undefined;
    }
  }

  /** Whether more has come; if not, the stream has ended. */
  async #receive(limit: Limit, start: number): Promise<boolean> {
    const { signal, timeout } = rest(limit, start);
    const seconds = timeout === undefined ? null : timeout / 1000;
    // Where something is always there, the socket never waits, and so never finds that the time is up.
    const isOver = limit.timeout && performance.now() - start >= limit.timeout;
    if (isOver) throw timeoutError("recv", limit.timeout);
    try {
      const octets = await this.#sock.recv(PIECE, 0, { signal, timeout: seconds });
      this.#unread.add(octets);
      return octets.length > 0;
    } catch (error) {
      const isOurs = isSystemError(error) && error.name === "TimeoutError";
      throw isOurs && limit.timeout ? timeoutError("recv", limit.timeout) : error;
    }
  }
}

/**
 * A reader of the stream that a socket receives.
 *
 * @param limit how many octets there may be before a separator: 64 KiB if left out
 * @throws TypeError for a socket of another type than SOCK_STREAM
 *
 * @example
 * const lines = reader(connection, 1000);
 * const first = await lines.readuntil("  ");
 * const rest = await lines.readexactly(20);
 * console.log(`${rest}`); // It will be repeated.
 */
export function reader(sock: Socket<number>, limit: number = LIMIT): StreamReader {
  return new StreamReader(sock, limit);
}

function notAwaited(call: string, earlier: string): Error {
  const code = "ERR_NOT_AWAITED";
  const text = `${earlier} has not come back: await it, then call ${call}`;
  return Object.assign(new Error(`${call} ${code}: ${text}`), { code });
}

/** Octets that have come and were not asked for, added at the end and taken from the beginning. */
class Unread {
  #memory = new Uint8Array(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** @param octets which are the reader's own from now on */
  add(octets: Uint8Array<ArrayBuffer>): void {
    if (this.length === 0) {
      [this.#memory, this.#start, this.#end] = [octets, 0, octets.length];
      return;
    }
    if (this.#end + octets.length > this.#memory.length) this.#grow(this.length + octets.length);
    this.#memory.set(octets, this.#end);
    this.#end += octets.length;
  }

  take(count: number): Bytes {
    const taken = new Bytes(this.#memory.subarray(this.#start, this.#start + count));
    this.#start += count;
    if (this.length === 0) [this.#memory, this.#start, this.#end] = [new Uint8Array(0), 0, 0];
    return taken;
  }

  /** Where `wanted` begins, from the first octet on, or -1; looked for from `from` on. */
  indexOf(wanted: Uint8Array, from: number): number {
    const { buffer, byteOffset } = this.#memory;
    return Buffer.from(buffer, byteOffset + this.#start, this.length).indexOf(wanted, from);
  }

  /** Room for `needed` octets, and as many again, so that a long message is not copied at each of its pieces. */
  #grow(needed: number): void {
    const grown = new Uint8Array(2 * needed);
    grown.set(this.#memory.subarray(this.#start, this.#end));
    [this.#memory, this.#start, this.#end] = [grown, 0, this.length];
  }
}
