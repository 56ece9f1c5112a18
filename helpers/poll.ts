/**
 * Asking the system which of several sockets are ready, and waiting until one is: poll(2), on which loops that serve
 * many connections at once rest.
 *
 * @module
 */

"use deferred interrupts";

import { int, kindOf } from "./posix/arguments";
import { type Limit, limitOf, type WaitOptions, watchLimit } from "./posix/cancellation";
import { interruptHeard, isInterrupted, pace } from "./posix/fairness";
import { isDarwin } from "./posix/platform";
import { READ, WRITE } from "./posix/readiness";
import { gatheredBy, observe, Socket } from "./posix/socket-class";
import { pollAll } from "./posix/system";
import { systemError } from "./posix/system-error";

/** There is something to read: octets, a connection to accept, or the end of the stream. */
export const POLLIN = 0x1;
/** There is something urgent to read; see tcp(7) on MSG_OOB. */
export const POLLPRI = 0x2;
/** There is room for octets to send, or a connection attempt is over. */
export const POLLOUT = 0x4;
/** An error waits to be reported, as by the next call. Comes unasked. */
export const POLLERR = 0x8;
/** Neither side sends any more. Comes unasked. */
export const POLLHUP = 0x10;
/** The socket is closed. Comes unasked. */
export const POLLNVAL = 0x20;
/** The other side has finished sending, or the connection is over. Linux only, 0 elsewhere. */
export const POLLRDHUP = isDarwin ? 0 : 0x2000;

/** A socket, and the events that it is asked for, or that it has. */
export type PollEntry<S extends Socket<number> = Socket<number>> = [sock: S, events: number];

/** libuv watches for no POLLPRI: who asks for it looks again after so many milliseconds. */
const PAUSE = 10;

/** The most milliseconds that a timer of Node's can have. */
const LONG = 2 ** 31 - 1;

/**
 * Waits until one of the sockets at least has an event that it is asked for, and gives those that have one, each with
 * its events, in the order of the entries; see poll(2). An event lasts as long as its cause: octets that nobody reads
 * are there the next time too.
 *
 * The system is asked by one call of poll(2) for all the sockets, which does not wait; when one of them is ready, on
 * Node's event loop, it is asked again. To be ready is no promise that the next call need not wait: another one may
 * have taken what was there.
 *
 * @param entries sockets with POLLIN, POLLOUT and so on, combined by `|`; 0 is only for what comes unasked
 * @param timeout seconds after which none is given (Python's `poll` counts milliseconds), 0 not to wait, null without
 * end
 * @throws TypeError or RangeError for an argument that is not what it should be, or the reason of the signal
 *
 * @example
 * const ready = await poll([[listener, POLLIN], [connection, POLLIN | POLLOUT]], 5);
 * for (const [sock, events] of ready) if (events & POLLIN) console.log("to be read", sock);
 */
export async function poll<S extends Socket<number>>(
  entries: Iterable<readonly [sock: S, events: number]>,
  timeout: number | null = null,
  options: Pick<WaitOptions, "signal"> = {},
): Promise<PollEntry<S>[]> {
  const asked = checked(entries);
  if (isInterrupted()) await interruptHeard();
  const limit = limitOf({ ...options, timeout });
  const turn = pace();
  const ready = lookAt(asked);
  if (ready.length === 0 && limit.timeout !== 0) return new Wait(asked, limit).outcome;
  if (turn) await turn;
  return ready;
}

/** @throws TypeError unless they are pairs of a socket and events */
function checked<S extends Socket<number>>(
  entries: Iterable<readonly [S, number]>,
): PollEntry<S>[] {
  if (typeof entries?.[Symbol.iterator] !== "function") {
    throw new TypeError(`poll takes a list like [[sock, POLLIN]], not ${kindOf(entries)}`);
  }
  return Array.from(entries, (entry): PollEntry<S> => {
    if (!Array.isArray(entry) || !(entry[0] instanceof Socket)) {
      throw new TypeError(`an entry must be like [sock, POLLIN], not ${kindOf(entry)}`);
    }
    const [sock, events] = entry;
    return [sock, int(events, "the events")];
  });
}

/** Those that have an event now. */
function lookAt<S extends Socket<number>>(asked: PollEntry<S>[]): PollEntry<S>[] {
  const found = pollAll(asked.map(([sock, events]) => ({ fd: sock.fileno(), events })));
  if (typeof found === "number") throw systemError(found, "poll");
  return asked.flatMap(([sock, events], index): PollEntry<S>[] => {
    // What was taken from the system for a call that was cancelled is there for the next one.
    const kept = gatheredBy(sock) > 0 ? events & POLLIN : 0;
    const there = found[index] | kept;
    return there === 0 ? [] : [[sock, there]];
  });
}

/** A call that waits. */
class Wait<S extends Socket<number>> {
  readonly outcome: Promise<PollEntry<S>[]>;
  readonly #asked: PollEntry<S>[];
  readonly #leave: (() => void)[] = [];
  #settle!: {
    resolve: (ready: PollEntry<S>[]) => void;
    reject: (reason: unknown) => void;
  };

  constructor(asked: PollEntry<S>[], limit: Limit) {
    this.#asked = asked;
    this.outcome = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const unwatch = watchLimit(limit, {
      cancel: (reason) => this.#end(() => this.#settle.reject(reason)),
      expire: () => this.#look() || this.#end(() => this.#settle.resolve([])),
    });
    if (unwatch) this.#leave.push(unwatch);
    const look = () => this.#look();
    for (const [sock, events] of asked) this.#observe(sock, events, look);
    // One timer keeps the process alive, and not each of the sockets: with a thousand of them that would be dear.
    const isUrgent = asked.some(([, events]) => events & POLLPRI);
    const timer = setInterval(look, isUrgent ? PAUSE : LONG);
    this.#leave.push(() => clearInterval(timer));
  }

  /** What comes unasked makes a socket ready in every direction. */
  #observe(sock: S, events: number, look: () => boolean): void {
    if (events & POLLOUT) this.#leave.push(observe(sock, { direction: WRITE, look }));
    if (events & ~POLLOUT || events === 0)
      this.#leave.push(observe(sock, { direction: READ, look }));
  }

  /** Ends the wait if there is an event, or the system cannot be asked. */
  #look(): boolean {
    try {
      const ready = lookAt(this.#asked);
      if (ready.length === 0) return false;
      this.#end(() => this.#settle.resolve(ready));
    } catch (error) {
      this.#end(() => this.#settle.reject(error));
    }
    return true;
  }

  #end(settle: () => void): void {
    for (const leave of this.#leave.splice(0)) leave();
    settle();
  }
}
