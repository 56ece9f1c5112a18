/**
 * Says what a cell or a program waits for, if it takes long.
 *
 * @module
 */

"use deferred interrupts";

import { Live } from "./live-display";

/** Milliseconds after which a wait is long. */
const LONG = 3000;

/**
 * One line that comes when the wait has become long, and goes when it is over.
 *
 * @example
 * using _waiting = new Waiting("waiting for a server at localhost port 10000");
 * await somethingLong();
 */
export class Waiting {
  readonly #place = new Live();
  readonly #timer: NodeJS.Timeout;

  constructor(text: string) {
    this.#timer = setTimeout(() => this.#place.show(text), LONG);
    // What is waited for keeps a program going, not this line.
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#place.clear();
  }
}
