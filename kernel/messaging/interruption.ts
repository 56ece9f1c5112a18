/** What an interrupt ends beside the code of a cell: what that waits for in the system, which hears of nothing. */
import type { LifeCycle } from "./life-cycle";
import type { MainThread } from "./main-thread";
import { openOtherEnd } from "./other-end";

const CANNOT_BE_INTERRUPTED =
  "[Stop cannot end what runs now: one call that computes for long, or that waits in the system. " +
  "Wait for its end, or choose Restart Kernel in the Kernel menu.]\n";

export class Interruption {
  readonly #main: MainThread;
  readonly #lifeCycle: LifeCycle;
  readonly #warn: (text: string) => void;
  /** The named pipe that a cell waits to open. */
  opening: string | undefined;

  /** @param warn shows a text under the cell that runs */
  constructor(main: MainThread, lifeCycle: LifeCycle, warn: (text: string) => void) {
    this.#main = main;
    this.#lifeCycle = lifeCycle;
    this.#warn = warn;
  }

  /** Interrupts the cell that runs; if it does not end, says under it what would help. */
  interrupt(): void {
    this.#main.interrupt(
      () => this.#endWait("SIGKILL"),
      () => this.#warn(CANNOT_BE_INTERRUPTED),
    );
    this.#endWait("SIGINT");
  }

  #endWait(signal: NodeJS.Signals): void {
    if (this.#main.waitsForChild) this.#lifeCycle.signalOtherDescendants(signal);
    if (this.opening) openOtherEnd(this.opening);
  }
}
