/**
 * Waiting until a descriptor is ready, on Node's event loop.
 *
 * A call that would block queues up, first come first served for each direction. When the descriptor is ready, the
 * call is tried again, there and then, inside the event: that its result is taken and that its wait is over happen
 * together, so that a cancelled wait has taken nothing.
 *
 * @module
 */

import { type Limit, watchLimit } from "./cancellation";
import { AGAIN, Poll, READ, WRITE } from "./system";

export { READ, WRITE };

/** What an attempt returns that got on a part of the way: it is to be called again when the descriptor is ready. */
export const MORE = "more";

export type Direction = typeof READ | typeof WRITE;

interface Waiter {
  /** Tries the call again; the result says whether it came to its end, and if not, whether it got on at all. */
  retry(): "done" | "more" | "again";
  /** Ends the wait without a result. */
  end(how: Ending): void;
}

/** How a wait can end without a result. */
export type Ending = "closed" | "timed out";

// A ready descriptor whose call still finds nothing, several times in a row, is looked at again after a pause: some
// have no readiness to wait for, such as a Unix-domain socket that connects to a full backlog.
const FRUITLESS = 4;
const PAUSE = 10;

// Calls that succeed at once come back without the event loop, and a chain of them would keep everything else from
// running: timers, other sockets, the interrupt of a notebook. After so many in a row, one goes by way of the loop.
const IN_A_ROW = 64;
let inARow = 0;

/** Counts a call that is about to be tried without waiting; true when it is time to let the event loop turn. */
export function overdue(): boolean {
  inARow += 1;
  if (inARow < IN_A_ROW) return false;
  inARow = 0;
  return true;
}

/** The waits on one descriptor. */
export class Readiness {
  readonly #poll: Poll;
  readonly #readers = new Set<Waiter>();
  readonly #writers = new Set<Waiter>();
  #watched = 0;
  #referenced = false;
  #fruitless = 0;
  #pause: NodeJS.Timeout | undefined;

  constructor(fd: number) {
    this.#poll = new Poll(fd, (ready, stopped) => this.#onReady(ready, stopped));
  }

  /** Whether no call waits in this direction. */
  idle(direction: Direction): boolean {
    return this.#queue(direction).size === 0;
  }

  /**
   * Waits its turn, then calls `attempt` whenever the descriptor is ready, until it returns something other than
   * AGAIN or MORE.
   *
   * @throws the reason of a signal that cancels the wait, and what `attempt` throws
   */
  wait<T>(
    direction: Direction,
    attempt: () => T | number | typeof MORE,
    limit: Limit,
  ): Promise<T | number | Ending> {
    return new Promise((resolve, reject) => {
      const queue = this.#queue(direction);
      const cancel = (reason: unknown) => {
        leave();
        reject(reason);
        this.#next(direction);
      };
      const expire = () => {
        waiter.end("timed out");
        this.#next(direction);
      };
      const unwatchLimit = watchLimit(limit, cancel, expire);
      const leave = () => {
        queue.delete(waiter);
        unwatchLimit();
      };
      const waiter: Waiter = {
        retry() {
          try {
            const result = attempt();
            if (result === AGAIN) return "again";
            if (result === MORE) return "more";
            resolve(result as T | number);
          } catch (error) {
            reject(error);
          }
          leave();
          return "done";
        },
        end(how) {
          leave();
          resolve(how);
        },
      };
      queue.add(waiter);
      this.#watch();
    });
  }

  /** Ends all waits. To be called before the descriptor is closed. */
  close(): void {
    this.#poll.close();
    clearTimeout(this.#pause);
    for (const waiter of [...this.#readers, ...this.#writers]) waiter.end("closed");
  }

  #queue(direction: Direction): Set<Waiter> {
    return direction === READ ? this.#readers : this.#writers;
  }

  #wanted(): number {
    return (this.#readers.size && READ) | (this.#writers.size && WRITE);
  }

  #onReady(ready: number, stopped: boolean): void {
    inARow = 0;
    if (stopped) this.#watched = 0;
    const wanted = this.#wanted();
    if (ready & wanted) {
      const read = ready & READ && this.#serve(READ);
      const written = ready & WRITE && this.#serve(WRITE);
      this.#fruitless = read || written ? 0 : this.#fruitless + 1;
    }
    const unwanted = this.#watched & ready & ~wanted;
    if (this.#fruitless >= FRUITLESS) this.#rest();
    else if (unwanted) {
      this.#watched &= ~unwanted;
      this.#poll.watch(this.#watched);
    }
    this.#watch();
  }

  /** Serves those who wait, in order, as far as it goes; false if nothing was there for the first of them. */
  #serve(direction: Direction): boolean {
    let served = false;
    for (const waiter of this.#queue(direction)) {
      const result = waiter.retry();
      served ||= result !== "again";
      if (result !== "done") break;
    }
    return served;
  }

  /** One who was waiting has left: the next may find what the system gave to the former. */
  #next(direction: Direction): void {
    this.#serve(direction);
    this.#watch();
  }

  /**
   * Has the descriptor watched for all who wait. What is no longer waited for stays watched until it happens: mostly
   * the next call waits for the same again, and changing what is watched costs two system calls.
   */
  #watch(): void {
    const wanted = this.#wanted();
    if (wanted & ~this.#watched && !this.#pause) {
      this.#watched |= wanted;
      this.#poll.watch(this.#watched);
    }
    const waiting = wanted !== 0;
    if (waiting === this.#referenced) return;
    this.#referenced = waiting;
    if (waiting) this.#poll.ref();
    else this.#poll.unref();
  }

  #rest(): void {
    this.#watched = 0;
    this.#poll.watch(0);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#fruitless = FRUITLESS - 1;
      this.#watch();
    }, PAUSE);
  }
}
