/**
 * What a notebook finds out about a claim of its text, in the words of notebooks/claims.json.
 *
 * @module
 */

"use deferred interrupts";

/**
 * Prints what has come out for a claim: `holds` or `does not hold`. Where it was tried in several cases, `held` has
 * the outcome of each by its name, and a claim that is true in some of them `holds if` one of those is the case.
 *
 * @param claim the claim's id
 * @throws RangeError where there is no case
 *
 * @example
 * verdict("pymotw-other-port", connection.getsockname()[1] !== listener.getsockname()[1]);
 * // pymotw-other-port: does not hold
 * verdict("pymotw-frees-port", { "the server closes first": true, "the client closes first": false });
 * // pymotw-frees-port: holds if the server closes first
 */
export function verdict(claim: string, held: boolean | Record<string, boolean>): void {
  const cases = typeof held === "boolean" ? [["", held] as const] : Object.entries(held);
  if (cases.length === 0) throw new RangeError(`${claim}: there is no case in which it was tried`);
  const names = cases.filter(([, outcome]) => outcome).map(([name]) => name);
  if (names.length === cases.length) console.log(`${claim}: holds`);
  else if (names.length === 0) console.log(`${claim}: does not hold`);
  else console.log(`${claim}: holds if ${names.join(" or ")}`);
}
