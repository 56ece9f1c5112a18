/**
 * The calls on one socket that may wait: each is tried, waits its turn where it must, and is recorded.
 *
 * @module
 */

"use deferred interrupts";

import type { Call } from "../record/call";
import type { SocketRecord } from "../record/record";
import type { Address } from "./address";
import { isCancelled, type Limit, throwIfAborted } from "./cancellation";
import type { Descriptor } from "./descriptor";
import { interruptHeard, isInterrupted, pace } from "./fairness";
import { type Direction, type Ending, MORE, type Observer, READ, Readiness } from "./readiness";
import type { History } from "./socket-history";
import { AGAIN } from "./system";
import { closedError, systemError, timeoutError } from "./system-error";
import type { UnderWay } from "./under-way";

/** A call that may wait, with its arguments checked. */
export interface Operation<T> {
  limit: Limit;
  /**
   * The system call without waiting: its result, `-errno`, or MORE when it got on a part of the way. Where it `isReady`,
   * the system has just said so, and nobody has been served since.
   */
  attempt: (fd: number, isReady: boolean) => T | number | typeof MORE;
  /** What there is to give when a wait ends by SO_RCVTIMEO or SO_SNDTIMEO, if anything. */
  partial?: () => T | undefined;
  /** What there is to give when the signal aborts or the cell is interrupted, if anything. */
  aborted?: () => T | undefined;
  /** The error of a call that must not wait, or no longer by the system's own timeout; EAGAIN if left out. */
  wouldBlock?: () => number;
  /** The method, where it has not the name of the system call. */
  method?: string;
  /** What it was asked, for the record. */
  asked?: number | string;
  /** What is to be sent, or the memory to be filled. */
  data?: Uint8Array;
  /** MSG_PEEK and the like, for the record. */
  flags?: number;
  /** How many octets of it have been moved by now. */
  progress?: () => number | undefined;
  /** Its place in the record, once it has begun. */
  noted?: Call;
}

/** The calls that may wait on one socket: those of each direction are served in order. */
export class Operations {
  /** SO_RCVTIMEO and SO_SNDTIMEO in milliseconds: the system heeds them only in a call that blocks. */
  receiveTimeout: number | undefined;
  sendTimeout: number | undefined;
  readonly #descriptor: Descriptor;
  readonly #record: SocketRecord;
  readonly #history: History;
  readonly #underWay: UnderWay;
  #readiness: Readiness | undefined;

  constructor(descriptor: Descriptor, record: SocketRecord, history: History, underWay: UnderWay) {
    this.#descriptor = descriptor;
    this.#record = record;
    this.#history = history;
    this.#underWay = underWay;
  }

  /**
   * Prepares a call, tries it, has it wait its turn where it must, and gives its result.
   *
   * @throws what `prepare` throws, the error of the system, EBADF where the socket is or becomes closed, ETIMEDOUT,
   * ERR_NOT_AWAITED while a `bind` or `connect` to a name is under way, or the reason of a signal
   */
  async run<T>(
    syscall: string,
    direction: Direction,
    prepare: () => Operation<T>,
    address?: Address,
  ): Promise<T> {
    if (isInterrupted()) await interruptHeard();
    const operation = prepare();
    const { attempt, limit } = operation;
    const fd = this.#descriptor.require(syscall);
    this.#underWay.refuse(operation.method ?? syscall);
    throwIfAborted(limit.signal);
    const noted = this.#record.begin(
      operation.method ?? syscall,
      operation.asked,
      operation.progress,
    );
    operation.noted = noted;
    if (operation.flags) noted.flags = operation.flags;
    try {
      const turn = pace();
      let result: T | number | Ending | typeof MORE = AGAIN;
      if (this.#readiness?.idle(direction) ?? true) result = attempt(fd, false);
      const unfinished = result === AGAIN || result === MORE;
      noted.waited = unfinished && limit.timeout !== 0;
      if (noted.waited) result = await this.#wait(fd, direction, operation);
      else if (turn) await turn;
      if (unfinished && limit.timeout === 0) result = "timed out";
      if (result === "closed") throw closedError(syscall, "it was closed while the call waited");
      if (result === "timed out") {
        if (limit.timeout) throw timeoutError(syscall, limit.whole ?? limit.timeout, address);
        const part = noted.waited ? operation.partial?.() : undefined;
        result = part ?? operation.wouldBlock?.() ?? AGAIN;
      }
      if (typeof result === "number" && result < 0) {
        const { flags } = operation;
        throw systemError(result, syscall, address, { history: this.#history, flags });
      }
      this.#history.succeeded(syscall);
      this.#record.end(noted, result, operation.data);
      return result as T;
    } catch (error) {
      this.#record.fail(noted, error, operation.data);
      throw error;
    }
  }

  /** Tries what waits in one direction again, as after a change that the system does not tell of. */
  retry(direction: Direction): void {
    this.#readiness?.retry(direction);
  }

  /** Has somebody look whenever the socket is ready, until the function that this returns is called. */
  observe(observer: Observer): () => void {
    this.#readiness ??= new Readiness(this.#descriptor.require("poll"));
    return this.#readiness.observe(observer);
  }

  /** Ends all waits. To be called before the descriptor is given back. */
  close(): void {
    this.#readiness?.close();
  }

  #wait<T>(
    fd: number,
    direction: Direction,
    operation: Operation<T>,
  ): Promise<T | number | Ending> {
    const { attempt, limit, aborted } = operation;
    // A call without a timeout of its own heeds that of the system.
    const own = direction === READ ? this.receiveTimeout : this.sendTimeout;
    const patience = own === undefined ? limit : { ...limit, timeout: limit.timeout ?? own };
    this.#readiness ??= new Readiness(fd);
    const outcome = this.#readiness.wait(direction, (isReady) => attempt(fd, isReady), patience);
    if (!aborted) return outcome;
    return outcome.catch((reason) => {
      const part = isCancelled(limit) ? aborted() : undefined;
      if (part === undefined) throw reason;
      return part;
    });
  }
}
