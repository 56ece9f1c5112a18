/**
 * What the cells after the exercises check with.
 *
 * @module
 */

"use deferred interrupts";

import { inspect, isDeepStrictEqual, types } from "node:util";

/** An exercise is not solved yet. */
export class NotYet extends Error {
  override readonly name = "NotYet";
}

/** Seconds that a function, or what is to come of it, may take. */
const LIMIT = 5;

/** How a lesson names its own solution of an exercise: `receiveSolution`, where the reader writes `receive`. */
const OURS = "Solution";

/**
 * A function that solves an exercise, or is to.
 *
 * @param values what it is given
 */
export type Solution = (...values: never[]) => unknown;

/** The function that is checked, with what is asked of it. A call that has not returned after 5 seconds throws NotYet. */
export type Checked<F extends Solution> = F & Check;

/** What can be asked of a function that is checked. */
export interface Check {
  /**
   * @param value what it has given, or what has come of it
   * @param wanted what that must be
   * @param hint why, in a few words
   * @throws NotYet with all of this, if it is something else
   */
  expect<T>(value: T, wanted: T, hint: string): void;
  /**
   * @param right whether it does what it must
   * @param wanted what that is
   * @throws NotYet, unless `right`
   */
  require(right: boolean, wanted: string): void;
  /**
   * Waits for what must come of it: an answer at the other end of a connection.
   *
   * @throws NotYet if nothing has come after 5 seconds; what the wait throws
   */
  within<T>(wait: Promise<T>): Promise<T>;
  /** Prints that the exercise is solved: the last line of a check. */
  solved(): void;
}

/**
 * A function that a reader has written, to be called as it is and to be asked for what it must do. Each message says whose
 * function was tried: the reader's, or the lesson's own solution, by its name.
 *
 * @param solution the function
 *
 * @example
 * function double(number: number): number {
 *   return 2 * number;
 * }
 * const yours = check(double);
 * yours.expect(yours(2), 4, "twice as much");
 * yours.solved(); // your double: solved
 */
export function check<F extends Solution>(solution: F): Checked<F> {
  const { name } = solution;
  const whose = name.endsWith(OURS) ? `the lesson's ${name}` : `your ${name}`;

  function refuse(message: string, caller: Solution): never {
    const error = new NotYet(`${whose}: ${message}`);
    Error.captureStackTrace(error, caller);
    throw error;
  }

  const tried = (...values: never[]) => {
    const result = solution(...values);
    const late = `it has not returned after ${LIMIT} s`;
    if (types.isPromise(result)) return limited(result, `${whose}: ${late}`);
    return isAsyncGenerator(result) ? eachLimited(result, `${whose}: ${late}`) : result;
  };
  const asked: Check = {
    expect(value, wanted, hint) {
      if (isDeepStrictEqual(value, wanted)) return;
      refuse(`${hint} (expected ${shown(wanted)}, got ${shown(value)})`, asked.expect);
    },
    require(right, wanted) {
      if (!right) refuse(`expected: ${wanted}`, asked.require);
    },
    within: (wait) =>
      limited(wait, `${whose}: what it should bring about has not come after ${LIMIT} s`),
    solved: () => console.log(`${whose}: solved`),
  };
  // It does as the function does, whose type it therefore has.
  return Object.assign(tried as unknown as F, asked);
}

function shown(value: unknown): string {
  return inspect(value, { maxStringLength: 40, maxArrayLength: 10, breakLength: Infinity });
}

/** The same promise, rejected with NotYet after the limit. Whoever has stopped waiting for it is not told of that. */
function limited<T>(wait: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotYet(message)), LIMIT * 1000);
  });
  const first = Promise.race([wait, over]).finally(() => clearTimeout(timer));
  first.catch(() => undefined);
  return first;
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator {
  return (
    typeof value === "object" && value !== null && Symbol.asyncIterator in value && "next" in value
  );
}

async function* eachLimited(values: AsyncGenerator, message: string): AsyncGenerator {
  while (true) {
    const { done, value } = await limited(values.next(), message);
    if (done) return value;
    yield value;
  }
}
