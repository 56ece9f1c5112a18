/**
 * Waiting until a descriptor is ready, on Node's event loop.
 *
 * A call that would block queues up, first come first served for each direction. When the descriptor is ready, the
 * call is tried again, there and then, inside the event: that its result is taken and that its wait is over happen
 * together, so that a cancelled wait has taken nothing.
 *
 * @module
 */

"use deferred interrupts";

import { outsideCells } from "../../interface/cell";
import { type Cancellable, type Limit, watchLimit } from "./cancellation";
import { turned } from "./fairness";
import { AGAIN, Poll, READ, WRITE } from "./system";

export { READ, WRITE };

/** What an attempt returns that got on a part of the way: it is to be called again when the descriptor is ready. */
export const MORE = "more";

export type Direction = typeof READ | typeof WRITE;

// A ready descriptor whose call still finds nothing, several times in a row, is looked at again after a pause: some
// have no readiness to wait for, such as a Unix-domain socket that connects to a full backlog.
const FRUITLESS = 4;
const PAUSE = 10;

/** How a wait can end without a result. */
export type Ending = "closed" | "timed out";

/** A call that waits, tried: its result, AGAIN, or MORE. Where it `isReady`, the system has said so for this attempt. */
type Attempt<T> = (isReady: boolean) => T | number | typeof MORE;

/** The calls that wait in one direction, in order. */
interface Queue {
  readonly waiters: Set<Pick<Waiter<unknown>, "retry" | "end">>;
  /** Tries those who wait again, as when one has left without a result: the next may find what was there for it. */
  readonly retry: () => void;
}

/** A call that waits. */
class Waiter<T> implements Cancellable {
  readonly #queue: Queue;
  readonly #attempt: Attempt<T>;
  readonly #resolve: (outcome: T | number | Ending) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #unwatchLimit: (() => void) | undefined;

  /** Calls either `resolve` or `reject`, once. */
  constructor(
    queue: Queue,
    attempt: Attempt<T>,
    limit: Limit,
    resolve: (outcome: T | number | Ending) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#queue = queue;
    this.#attempt = attempt;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#unwatchLimit = watchLimit(limit, this);
    queue.waiters.add(this);
  }

  /** Tries the call again. Its result is taken and its wait is over at the same moment. */
  retry(isReady: boolean): "done" | "more" | "again" {
    try {
      const result = this.#attempt(isReady);
      if (result === AGAIN) return "again";
      if (result === MORE) return "more";
      this.#leave();
      this.#resolve(result as T | number);
    } catch (error) {
      this.#leave();
      this.#reject(error);
    }
    return "done";
  }

  end(how: Ending): void {
    this.#leave();
    this.#resolve(how);
  }

  expire(): void {
    // Timers come before descriptors in a turn of the loop, and late where the program was busy: what is there by now
    // is given, as by poll(2).
    this.#queue.retry();
    if (!this.#queue.waiters.has(this)) return;
    this.end("timed out");
    this.#queue.retry();
  }

  cancel(reason: unknown): void {
    this.#leave();
    this.#reject(reason);
    this.#queue.retry();
  }

  #leave(): void {
    this.#queue.waiters.delete(this);
    this.#unwatchLimit?.();
  }
}

/** Somebody who looks whether there is what is looked for, and takes nothing. */
export interface Observer {
  readonly direction: Direction;
  /** Whether it has found something; then it need not look again. */
  look(): boolean;
}

/** Whether it has found something. What it throws is its own affair: others look, too. */
function sees(observer: Observer): boolean {
  try {
    return observer.look();
  } catch {
    return false;
  }
}

/** The waits on one descriptor. */
export class Readiness {
  readonly #poll: Poll;
  readonly #readers: Queue = { waiters: new Set(), retry: () => this.retry(READ) };
  readonly #writers: Queue = { waiters: new Set(), retry: () => this.retry(WRITE) };
  readonly #observers = new Set<Observer>();
  #watched = 0;
  /** Whether it keeps the process alive, as a handle does that is new. */
  #referenced = true;
  #closed = false;
  #fruitless = 0;
  #pause: NodeJS.Timeout | undefined;

  constructor(fd: number) {
    this.#poll = new Poll(fd, (ready, stopped) => this.#onReady(ready, stopped));
  }

  /** Whether no call waits in this direction. */
  idle(direction: Direction): boolean {
    return this.#queue(direction).waiters.size === 0;
  }

  /**
   * Waits its turn, then calls `attempt` whenever the descriptor is ready, until it returns something other than
   * AGAIN or MORE.
   *
   * @throws the reason of a signal that cancels the wait, and what `attempt` throws
   */
  wait<T>(direction: Direction, attempt: Attempt<T>, limit: Limit): Promise<T | number | Ending> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(this.#queue(direction), attempt, limit, resolve, reject);
      // The methods of a signal may be anybody's, and have closed the socket.
      if (this.#closed) waiter.end("closed");
      else this.#watch();
    });
  }

  /**
   * Has somebody look whenever the descriptor is ready and those who wait have been served, and when it is about to be
   * closed, until the function that this returns is called. Unlike a wait, that does not keep the process alive.
   *
   * @throws TypeError for one who cannot look
   */
  observe({ direction, look }: Observer): () => void {
    if (typeof look !== "function") throw new TypeError("who observes must be able to look");
    const observer = { direction: direction === WRITE ? WRITE : READ, look } as const;
    this.#observers.add(observer);
    this.#watch();
    return () => {
      this.#observers.delete(observer);
      this.#watch();
    };
  }

  /** Tries those who wait in this direction, in order, as far as it goes. */
  retry(direction: Direction): void {
    this.#serve(direction);
    this.#watch();
  }

  /** Ends all waits. To be called before the descriptor is closed. */
  close(): void {
    this.#closed = true;
    this.#poll.close();
    clearTimeout(this.#pause);
    for (const { waiters } of [this.#readers, this.#writers]) {
      for (const waiter of waiters) waiter.end("closed");
    }
    this.#show(READ | WRITE);
  }

  #queue(direction: Direction): Queue {
    return direction === READ ? this.#readers : this.#writers;
  }

  #waitedFor(): number {
    return (this.#readers.waiters.size && READ) | (this.#writers.waiters.size && WRITE);
  }

  #wanted(): number {
    let wanted = this.#waitedFor();
    if (this.#observers.size > 0) for (const { direction } of this.#observers) wanted |= direction;
    return wanted;
  }

  #onReady(ready: number, stopped: boolean): void {
    turned();
    if (stopped) this.#watched = 0;
    const wanted = this.#wanted();
    if (ready & wanted) {
      const read = ready & READ && this.#serve(READ, true);
      const written = ready & WRITE && this.#serve(WRITE, true);
      const seen = this.#show(ready);
      this.#fruitless = read || written || seen ? 0 : this.#fruitless + 1;
    }
    if (this.#closed) return;
    const unwanted = this.#watched & ready & ~wanted;
    if (this.#fruitless >= FRUITLESS) this.#rest();
    else if (unwanted) {
      this.#watched &= ~unwanted;
      this.#poll.watch(this.#watched);
    }
    this.#watch();
  }

  /** Serves those who wait, in order, as far as it goes; false if nothing was there for the first of them. */
  #serve(direction: Direction, isReady = false): boolean {
    let served = false;
    for (const waiter of this.#queue(direction).waiters) {
      const result = waiter.retry(isReady && !served);
      served ||= result !== "again";
      if (result !== "done") break;
    }
    return served;
  }

  /** Has those look who look in one of these directions; false if none of them has found anything. */
  #show(directions: number): boolean {
    let found = false;
    for (const observer of this.#observers) {
      if ((observer.direction & directions) !== 0 && sees(observer)) found = true;
    }
    return found;
  }

  /**
   * Has the descriptor watched for all who wait. What is no longer waited for stays watched until it happens: mostly
   * the next call waits for the same again, and changing what is watched costs two system calls.
   */
  #watch(): void {
    if (this.#closed) return;
    const wanted = this.#wanted();
    if (wanted & ~this.#watched && !this.#pause) {
      this.#watched |= wanted;
      this.#poll.watch(this.#watched);
    }
    const waiting = this.#waitedFor() !== 0;
    if (waiting === this.#referenced) return;
    this.#referenced = waiting;
    if (waiting) this.#poll.ref();
    else this.#poll.unref();
  }

  #rest(): void {
    this.#watched = 0;
    this.#poll.watch(0);
    const watchAgain = () => {
      this.#pause = undefined;
      this.#fruitless = FRUITLESS - 1;
      this.#watch();
    };
    this.#pause = outsideCells(() => setTimeout(watchAgain, PAUSE));
  }
}
