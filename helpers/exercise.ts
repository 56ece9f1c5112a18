/**
 * What the cells after the exercises check with.
 *
 * @module
 */

"use deferred interrupts";

/** An exercise is not solved yet. */
export class NotYet extends Error {
  override readonly name = "NotYet";
}

/**
 * Asks of a solution what it must do.
 *
 * @param right whether it does
 * @param hint what is not right otherwise
 * @throws NotYet with the hint, unless `right`
 *
 * @example
 * check(connection.getsockname()[1] === listener.getsockname()[1], "both have the server's port");
 */
export function check(right: boolean, hint: string): void {
  if (right) return;
  const error = new NotYet(hint);
  Error.captureStackTrace(error, check);
  throw error;
}
