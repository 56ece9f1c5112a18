/**
 * Random numbers that can be had again: a test that has failed by chance prints the seed with which it does so again,
 * as far as the threads of two programs let it.
 *
 * @module
 */
import type { TestContext } from "node:test";
import type { Python } from "./python";

const MODULUS = 2 ** 31 - 1;

/** The random numbers of one test. */
export class Random {
  readonly #seed: number;
  #state: number;

  /** Begins with the seed in the environment variable SEED, or with any, and has the test print it. */
  constructor(t: Pick<TestContext, "diagnostic" | "name">) {
    const { SEED = 1 + Math.floor(Math.random() * (MODULUS - 1)) } = process.env;
    this.#seed = this.#state = Number(SEED);
    if (!(Number.isInteger(this.#seed) && this.#seed > 0 && this.#seed < MODULUS)) {
      throw new RangeError(`SEED must be a whole number from 1 to ${MODULUS - 1}, not ${SEED}`);
    }
    t.diagnostic(`SEED=${this.#seed} begins with the same random numbers: ${t.name}`);
  }

  /** From 0 to below 1; Park and Miller's "minimal standard" generator with the multiplier 48271. */
  next(): number {
    this.#state = (this.#state * 48_271) % MODULUS;
    return (this.#state - 1) / (MODULUS - 1);
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Has the random numbers of an interpreter begin with the same seed. */
  async seed(python: Python): Promise<void> {
    await python.run(`random.seed(${this.#seed})`);
  }
}
