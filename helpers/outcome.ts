/**
 * What came of a call, as something to print or to compare.
 *
 * @module
 */

"use deferred interrupts";

import { isSystemError } from "./posix/system-error";

/**
 * "done" when the call has succeeded, or the code of the system's or the resolver's error.
 *
 * @throws what is no such error, as an interrupt of the cell
 *
 * @example
 * await outcome(sock.connect(["localhost", 10000])) // "done"
 * await outcome(sock.connect(["localhost", 10000])) // "EISCONN"
 */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "done";
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return error.code;
  }
}
