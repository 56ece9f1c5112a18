/** What an interrupt ends beside the code of a cell: what that waits for in the system, which hears of nothing. */
import { type LifeCycle, signalAll } from "./life-cycle";
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
    const commands = new Set<number>();
    this.#main.interrupt(
      () => this.#endWait("SIGKILL", commands),
      () => this.#warn(CANNOT_BE_INTERRUPTED),
    );
    this.#endWait("SIGINT", commands);
  }

  /** @param commands those that were met before: what a shell has left behind is nobody's child any more */
  #endWait(signal: NodeJS.Signals, commands: Set<number>): void {
    if (this.#main.waitsForChild) {
      for (const pid of this.#lifeCycle.otherDescendants()) commands.add(pid);
      signalAll([...commands], signal);
    }
    if (this.opening) openOtherEnd(this.opening);
  }
}
