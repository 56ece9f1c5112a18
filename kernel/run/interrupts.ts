/** Which interrupt ends what: it is meant for the cell that runs, and for whatever keeps that from hearing of it. */
import { FLAG } from "../threads";
import { type CellRun, currentRun, Interrupted } from "./cell-run";

/** How long the work of another cell may go on without a turn of the event loop, in milliseconds. */
const HELD_UP = 1000;

export class Interrupts {
  readonly #flags: Int32Array;
  #running: CellRun | undefined;
  /** The number of the last interrupt that a run has obeyed. */
  #obeyed = 0;
  /** The number of the last interrupt that other work has met, and when it met it first. */
  #met = 0;
  #metAt = 0;

  constructor(flags: Int32Array) {
    this.#flags = flags;
  }

  isRunning(run: CellRun): boolean {
    return run === this.#running;
  }

  /** From now on, an interrupt is this run's. */
  begin(run: CellRun): void {
    this.#running = run;
  }

  end(run: CellRun): void {
    this.#running = undefined;
    // An interrupt that ended a loop is obeyed before its message is read.
    const number = Atomics.exchange(this.#flags, FLAG.interrupt, 0);
    if (number > this.#obeyed) {
      this.#obeyed = number;
      run.interrupt();
    }
  }

  /** Has the run that is going on obey an interrupt, once. */
  obey(number: number): void {
    Atomics.compareExchange(this.#flags, FLAG.interrupt, number, 0);
    if (number <= this.#obeyed) return;
    this.#obeyed = number;
    this.#running?.interrupt();
  }

  /** What guarded code calls in each turn of a loop: that of a cell's run, or of helpers, whosever run calls them. */
  check(run?: CellRun): () => void {
    const flags = this.#flags;
    const { interrupt } = FLAG;
    return () => {
      const number = Atomics.load(flags, interrupt);
      if (number !== 0 && this.#ends(number)) throw new Interrupted();
      // A later cell may call what an interrupted one has declared.
      if (run?.interrupted && currentRun() === run) throw new Interrupted();
    };
  }

  /**
   * Whether an interrupt that nobody has obeyed yet ends the loop that meets it. One that another cell has left running
   * is not meant, and may have taken what it would then lose; but if it is endless, nobody will ever obey.
   */
  #ends(number: number): boolean {
    const run = currentRun();
    if (run !== undefined && run === this.#running) return true;
    if (number !== this.#met) {
      this.#met = number;
      this.#metAt = performance.now();
    }
    return performance.now() - this.#metAt > HELD_UP;
  }
}
