/**
 * Numbers and times as people read them.
 *
 * @module
 */

"use deferred interrupts";

/** A number with a comma before each three digits: "1,000". */
export function thousands(number: number): string {
  return number.toLocaleString("en-US");
}

/** How many there are of something: "1 octet", "16 octets". */
export function counted(number: number, noun: string, written = String(number)): string {
  return `${written} ${noun}${number === 1 ? "" : "s"}`;
}

/** A number of milliseconds with its unit: "0.042 ms", "12.3 ms", "1.250 s". */
export function timed(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(3)} s`;
  return `${digits(milliseconds)} ms`;
}

function digits(number: number): string {
  if (number >= 100) return number.toFixed(0);
  if (number >= 10) return number.toFixed(1);
  return number.toFixed(number >= 1 ? 2 : 3);
}
