/**
 * One display that is kept up to date while a cell works, or one line in a terminal.
 *
 * @module
 */

"use deferred interrupts";

import { type Cell, currentCell, type MimeBundle } from "../../interface/cell";

/** Milliseconds between two updates: ten a second. */
const PAUSE = 100;

let lastId = 0;

/**
 * A place in the output of the cell that has made it, showing the latest of what it was given. In a terminal it is the
 * last line; where the output goes to a file, only the last state is printed, at the end.
 *
 * @example
 * using place = new Live();
 * place.show("serving the first client");
 * place.show("serving the second client");
 */
export class Live {
  readonly #cell: Cell | undefined = currentCell();
  readonly #id = `live-${process.pid}-${Date.now()}-${++lastId}`;
  #latest: (() => MimeBundle) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastShown = Number.NEGATIVE_INFINITY;
  #isShown = false;
  #hasEnded = false;

  /** Shows text, or data in several forms, at once or as soon as the last update is a tenth of a second ago. */
  show(state: string | MimeBundle): void {
    this.later(() => (typeof state === "string" ? { "text/plain": state } : state));
  }

  /** The same; what is to be shown is only asked for when it is. */
  later(state: () => MimeBundle): void {
    if (this.#hasEnded) return;
    this.#latest = state;
    const wait = this.#lastShown + PAUSE - performance.now();
    if (wait <= 0) this.#update();
    // A timer of Node's may be up to a millisecond early.
    else this.#timer ??= setTimeout(() => this.#updateLater(), Math.ceil(wait) + 1);
  }

  /** Shows the last state, if it is not shown yet; it stays. */
  end(): void {
    if (this.#hasEnded) return;
    this.#update(true);
    this.#hasEnded = true;
  }

  /** Takes away what is shown, for good. */
  clear(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    if (this.#isShown) this.#cell?.display({ "text/plain": "" }, { id: this.#id, update: true });
    else if (this.#text !== "" && process.stdout.isTTY === true) process.stdout.write("\r\x1b[K");
  }

  [Symbol.dispose](): void {
    this.end();
  }

  /** A state that cannot be shown is nobody's to catch here, and must not end the program. */
  #updateLater(): void {
    try {
      this.#update();
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : "a state could not be shown");
    }
  }

  #update(isLast = false): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const state = this.#latest?.();
    this.#latest = undefined;
    if (!this.#cell) this.#write(state, isLast);
    else if (state) {
      this.#cell.display(state, { id: this.#id, update: this.#isShown });
      this.#isShown = true;
    }
    this.#lastShown = performance.now();
  }

  #text = "";

  #write(state: MimeBundle | undefined, isLast: boolean): void {
    if (state) this.#text = String(state["text/plain"]);
    const isTerminal = process.stdout.isTTY === true && !this.#text.includes("\n");
    if (isTerminal && state) process.stdout.write(`\r\x1b[K${this.#text}`);
    if (isLast && this.#text !== "") process.stdout.write(isTerminal ? "\n" : `${this.#text}\n`);
  }
}
