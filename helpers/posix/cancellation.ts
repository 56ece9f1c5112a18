/**
 * What ends a wait early: a timeout, an AbortSignal, the interrupt of the notebook cell that waits.
 *
 * @module
 */

"use deferred interrupts";

import { currentCell } from "../../interface/cell";
import { checkOptions, kindOf } from "./arguments";

/** The last argument of every call that may wait. */
export interface WaitOptions {
  /** Aborting it cancels the wait: the call rejects with the signal's reason and has taken nothing. */
  signal?: AbortSignal | undefined;
  /**
   * Seconds after which the call rejects with ETIMEDOUT, by an error with the name "TimeoutError" (see SystemError); 0
   * does not wait at all (EAGAIN), null waits without end. Left out, the timeout of the socket holds. A call without
   * either heeds SO_RCVTIMEO and SO_SNDTIMEO, as the blocking call does.
   */
  timeout?: number | null | undefined;
}

/** WaitOptions, checked. */
export interface Limit {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, 0 not to wait, undefined without end. */
  readonly timeout?: number | undefined;
  /** What the timeout was at first, where a part of it is over. */
  readonly whole?: number | undefined;
}

/**
 * @param timeout what holds where the options have none
 * @throws TypeError or RangeError where an option is not what it should be, and the reason of a signal that has aborted
 * already; for the running cell's see `interruptHeard`
 */
export function limitOf(options: WaitOptions | undefined, timeout?: number): Limit {
  if (options === undefined) return { timeout };
  checkOptions(options, "{ signal, timeout: 5 }");
  const { signal, timeout: seconds } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`signal must be an AbortSignal, not ${kindOf(signal)}`);
  }
  throwIfAborted(signal);
  return { signal, timeout: seconds === undefined ? timeout : milliseconds(seconds) };
}

/** @throws TypeError or RangeError unless `seconds` is null, for no end, or what a timer of Node's can hold. */
export function milliseconds(seconds: unknown): number | undefined {
  if (seconds === null) return undefined;
  if (typeof seconds !== "number") {
    throw new TypeError(`the timeout must be a number of seconds or null, not ${kindOf(seconds)}`);
  }
  const most = 2_147_483;
  if (!(seconds >= 0 && seconds <= most)) {
    throw new RangeError(`the timeout must be from 0 to ${most} seconds or null, not ${seconds}`);
  }
  // A timer that is shorter than its finest step is still one that waits.
  return seconds === 0 ? 0 : Math.max(1, seconds * 1000);
}

/** What is left of a limit that began at `start` (performance.now()), a millisecond at least. */
export function rest(limit: Limit, start: number): Limit {
  const { signal, timeout } = limit;
  if (!timeout) return limit;
  return { signal, timeout: Math.max(1, timeout - (performance.now() - start)), whole: timeout };
}

/** What waits. */
export interface Cancellable {
  /** A signal has aborted. */
  cancel(reason: unknown): void;
  /** The time is up. */
  expire(): void;
}

/**
 * Has `waiting` cancelled when the signal of the limit or the running cell's aborts, and expire when the time is up.
 * The function that this returns, if any, is to be called when the wait is over.
 *
 * @throws the reason of a signal that has aborted already
 */
export function watchLimit(limit: Limit, waiting: Cancellable): (() => void) | undefined {
  const { signal, timeout } = limit;
  if (typeof waiting?.cancel !== "function" || typeof waiting.expire !== "function") {
    throw new TypeError("what waits must be able to be cancelled and to expire");
  }
  const cell = currentCell()?.signal;
  if (!signal && !cell && timeout === undefined) return undefined;
  throwIfAborted(cell);
  throwIfAborted(signal);
  if (signal) watch(signal, waiting);
  if (cell) watch(cell, waiting);
  const timer = timeout === undefined ? undefined : setTimeout(() => waiting.expire(), timeout);
  return () => {
    if (signal) unwatch(signal, waiting);
    if (cell) unwatch(cell, waiting);
    clearTimeout(timer);
  };
}

// A signal may be anybody's, and its properties may have been replaced by what throws or closes the socket: it is read
// by the methods that the system of signals itself has.
const { addEventListener, removeEventListener } = EventTarget.prototype;
const abortedOf = getter<boolean>(AbortSignal.prototype, "aborted");
const reasonOf = getter<unknown>(AbortSignal.prototype, "reason");

function getter<T>(prototype: object, name: string): (this: unknown) => T {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: unknown) => T;
}

/** Whether the signal of the limit or the running cell's has aborted. */
export function isCancelled({ signal }: Limit): boolean {
  return isAborted(signal) || isAborted(currentCell()?.signal);
}

/** Whether the signal, if there is one, has aborted. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  return signal !== undefined && abortedOf.call(signal);
}

/** @throws the reason of the signal, if it has aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (isAborted(signal)) throw reasonOf.call(signal);
}

// One listener for each signal, however many calls wait by it: a signal shared by 200 calls is no leak to warn of,
// and to take one of them off the list is not a search through the others.
const watched = new WeakMap<AbortSignal, { all: Set<Cancellable>; listener: () => void }>();

function watch(signal: AbortSignal, waiting: Cancellable): void {
  const { all, listener } = watched.get(signal) ?? watchOver(signal);
  if (all.size === 0) addEventListener.call(signal, "abort", listener, { once: true });
  all.add(waiting);
}

function unwatch(signal: AbortSignal, waiting: Cancellable): void {
  const { all, listener } = watched.get(signal) ?? watchOver(signal);
  all.delete(waiting);
  if (all.size === 0) removeEventListener.call(signal, "abort", listener);
}

function watchOver(signal: AbortSignal) {
  const all = new Set<Cancellable>();
  const listener = () => {
    for (const waiting of all) waiting.cancel(reasonOf.call(signal));
  };
  const watch = { all, listener };
  watched.set(signal, watch);
  return watch;
}
