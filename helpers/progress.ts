/**
 * How far a long piece of work has come: a bar that becomes one line at the end.
 *
 * @module
 */

"use deferred interrupts";

import { kindOf } from "./posix/arguments";
import { Live } from "./show/live-display";
import { thousands, timed } from "./show/quantities";

const WIDTH = 30;

/** A bar under the cell that has begun it, or in the last line of a terminal. */
export class Progress {
  readonly #place = new Live();
  readonly #start = performance.now();
  #done = 0;

  constructor(
    /** How many there are to be done. */
    readonly total: number,
    /** What they are, in the plural. */
    readonly unit: string,
  ) {
    checkNumber(total, "total");
    if (typeof unit !== "string") throw new TypeError(`unit must be text, not ${kindOf(unit)}`);
    this.#show();
  }

  /** Notes that `amount` more are done. */
  add(amount = 1): void {
    this.#done += checkNumber(amount, "amount");
    this.#show();
  }

  /** Leaves one line: what was done, and how long it took. */
  end(): void {
    const missing = this.#done < this.total ? ` of ${thousands(this.total)}` : "";
    const took = timed(performance.now() - this.#start);
    this.#place.show(`${thousands(this.#done)}${missing} ${this.unit} in ${took}`);
    this.#place.end();
  }

  /** `using bar = ...` ends it with the block. */
  [Symbol.dispose](): void {
    this.end();
  }

  #show(): void {
    this.#place.later(() => {
      const part = this.total > 0 ? Math.min(1, this.#done / this.total) : 1;
      const bar = "█".repeat(Math.floor(part * WIDTH)).padEnd(WIDTH, "░");
      const text = `${bar} ${thousands(this.#done)} of ${thousands(this.total)} ${this.unit}`;
      return { "text/plain": text };
    });
  }
}

function checkNumber(value: number, name: string): number {
  if (typeof value === "number") return value;
  throw new TypeError(`${name} must be a number, not ${kindOf(value)}`);
}

/**
 * Begins a bar; `using` ends it with the block, also when that throws.
 *
 * @param total how many there are to be done
 * @param unit what they are, in the plural: "connections"
 *
 * @example
 * using bar = progress(100, "connections");
 * for (let made = 0; made < 100; made++) {
 *   using client = await createConnection(["localhost", 10000]);
 *   bar.add();
 * }
 */
export function progress(total: number, unit: string): Progress {
  return new Progress(total, unit);
}
