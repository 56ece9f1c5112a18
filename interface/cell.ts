/**
 * What the kernel tells a helper about the notebook cell that is running.
 *
 * The kernel sets `globalThis[CURRENT_CELL]`. Under ts-node, in stock tslab and in a plain Node program nobody
 * does, `currentCell()` is undefined, and a helper goes on without.
 *
 * @module
 */

"use deferred interrupts";

/** From MIME type to data: text, octets, or a JSON value. */
export type MimeBundle = Record<string, unknown>;

/** One run of one notebook cell. */
export interface Cell {
  /** The number that the front end shows in brackets. */
  readonly executionCount: number;
  /** When it began: milliseconds since 1970. */
  readonly began?: number;
  /**
   * Aborts when the reader interrupts the kernel during this run. A call that waits hands it on, so that an
   * interrupt cancels the wait and leaves nothing behind that would take the next connection.
   */
  readonly signal: AbortSignal;
  /**
   * Whether an interrupt has come of which `signal` will tell at a turn of the event loop. A call that might come back
   * at once waits for that first: what it took from the system would come into code that is being ended.
   */
  readonly isInterruptPending?: boolean;
  /**
   * Whether the kernel has given up waiting for the end of this run after an interrupt, or ends what it has left running.
   * A call that begins now waits without end: whoever catches the interrupt, and tries again, is not to do so for ever.
   */
  readonly isGivenUp?: boolean;
  /**
   * Registers the release of something that this run opened: called once, before the cell runs again.
   * Returns a function that forgets it, for what has been released by other means.
   */
  onRerun(release: () => void | Promise<void>): () => void;
  /**
   * Shows data under the cell, however late. With an `id`, later calls with `update` replace what the first one
   * showed, wherever it stands.
   */
  display(data: MimeBundle, options?: { id?: string; update?: boolean }): void;
  /** Takes away what the cell shows: at once, or with `wait` as soon as something new is shown. */
  clearOutput(wait?: boolean): void;
  /** Has a temporary file deleted when the kernel ends. A kernel ends without the `exit` event of a Node program. */
  removeAtEnd(file: string): void;
}

/** The property of `globalThis` under which a kernel offers `() => Cell | undefined`. */
export const CURRENT_CELL = Symbol.for("jupyter.currentCell");

/** The property of `globalThis` under which a kernel offers to run a function outside all cells. */
export const OUTSIDE_CELLS = Symbol.for("jupyter.outsideCells");

type Offer = {
  [CURRENT_CELL]?: () => Cell | undefined;
  [OUTSIDE_CELLS]?: <T>(work: () => T) => T;
};

/**
 * The cell run that the calling code belongs to – also in a callback or after an `await` – or undefined outside a
 * notebook that this project's kernel runs.
 */
export function currentCell(): Cell | undefined {
  return (globalThis as Offer)[CURRENT_CELL]?.();
}

/** Does what concerns more than the cell that calls: a timer, say, that should come also if that cell runs again. */
export function outsideCells<T>(work: () => T): T {
  return ((globalThis as Offer)[OUTSIDE_CELLS] ?? ((inside) => inside()))(work);
}
