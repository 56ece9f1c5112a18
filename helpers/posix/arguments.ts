/**
 * Checks of what a caller passes: TypeScript has seen it, but a cell may hold an `any`, and the system call must not
 * get what it would misread – koffi cuts 2**32 + 3 to 3 and takes NaN for 0.
 *
 * @module
 */

"use deferred interrupts";

/** @throws TypeError unless `value` is an integer, RangeError unless it is from `least` to `most`. */
export function integer(value: unknown, name: string, least: number, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new TypeError(`${name} must be an integer, not ${kindOf(value)}`);
  }
  if (value < least || value > most) {
    throw new RangeError(`${name} must be from ${least} to ${most}, not ${value}`);
  }
  return value;
}

/** @throws TypeError unless `value` is a C `int`. */
export function int(value: unknown, name: string): number {
  return integer(value, name, -(2 ** 31), 2 ** 31 - 1);
}

/** One system call moves so many octets at most. */
export const MOST_OCTETS = 2 ** 31 - 1;

/** @throws TypeError or RangeError unless `value` is a number of octets that one system call can move. */
export function octetCount(value: unknown, name: string): number {
  return integer(value, name, 0, MOST_OCTETS);
}

/** @throws TypeError unless `value` is an object as `example` shows it. */
export function checkOptions(value: unknown, example: string): void {
  const isSignal = value instanceof AbortSignal;
  if (typeof value !== "object" || value === null || isSignal || Array.isArray(value)) {
    const found = isSignal ? "an AbortSignal" : kindOf(value);
    throw new TypeError(`the options must be like ${example}, not ${found}`);
  }
}

/** What a value is, for a message. */
export function kindOf(value: unknown): string {
  if (typeof value === "number") return `the number ${value}`;
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
