/** Which interrupt ends what: it is meant for the cell that runs, and for whatever keeps that from hearing of it. */
import { FLAG } from "../threads";
import { type CellRun, currentRun, Interrupted } from "./cell-run";
import type { Chain } from "./endless-javascript";

/** How long work may go on without a turn of the event loop after an interrupt, in milliseconds: the running cell's. */
const HELD_UP = 100;

/** The same of the work of other cells. */
const HELD_UP_BY_OTHERS = 500;

/** What guarded code calls; see loop-guard.ts and await-guard.ts in compile. */
export type Guards = [
  checkInterrupt: () => void,
  awaiting: () => number,
  awaited: <T>(before?: number, value?: T) => T | undefined,
];

export class Interrupts {
  readonly #flags: Int32Array;
  #running: CellRun | undefined;
  /** The number of the last interrupt that a run has obeyed. */
  #obeyed = 0;
  /** The number of the last interrupt that other work has met, and when it met it first. */
  #met = 0;
  #metAt = 0;
  /** Whether no cell has begun since an interrupt. */
  #isSecond = false;
  /** The chain that is being broken, of which each `await` may be a link. */
  #chain: Chain | undefined;
  /** The runs that have ended; one that has left something running is held by that. */
  readonly #ended = new Set<WeakRef<CellRun>>();
  readonly #gone = new FinalizationRegistry<WeakRef<CellRun>>((run) => this.#ended.delete(run));
  readonly guards: Guards;

  constructor(flags: Int32Array) {
    this.#flags = flags;
    const { interrupt } = FLAG;
    const check = () => {
      const number = Atomics.load(flags, interrupt);
      if (number !== 0 && this.#ends(number)) throw new Interrupted();
    };
    this.guards = [
      check,
      interruptionsSoFar,
      (before, value) => {
        const run = currentRun();
        // Until then, what a call has taken from the system is still given to the cell.
        if ((run?.abandoned ?? 0) > (before ?? 0)) throw new Interrupted();
        const isTurn = before === undefined;
        if (isTurn ? run?.beginsNothing : run?.isOver) throw new Interrupted();
        this.#chain?.goOn();
        return value;
      },
    ];
  }

  /** Whether there is an interrupt that nobody has obeyed yet. */
  get isPending(): boolean {
    return Atomics.load(this.#flags, FLAG.interrupt) !== 0;
  }

  /** Has each `await` be a link of a chain that is being broken; with none, no longer. */
  breakAwait(chain?: Chain): void {
    this.#chain = chain;
  }

  isRunning(run: CellRun): boolean {
    return run === this.#running;
  }

  /** From now on, an interrupt is this run's. */
  begin(run: CellRun): void {
    this.#running = run;
    this.#isSecond = false;
  }

  end(run: CellRun): void {
    this.#running = undefined;
    const ended = new WeakRef(run);
    this.#ended.add(ended);
    this.#gone.register(run, ended);
    // An interrupt that ended a loop is obeyed before its message is read.
    const number = Atomics.exchange(this.#flags, FLAG.interrupt, 0);
    if (number > this.#obeyed) {
      this.#obeyed = number;
      this.#isSecond = true;
      run.interrupt();
    }
  }

  /** Has the run that is going on obey an interrupt, once; with none, at a second interrupt, what the others have left. */
  obey(number: number): void {
    Atomics.compareExchange(this.#flags, FLAG.interrupt, number, 0);
    if (number <= this.#obeyed) return;
    this.#obeyed = number;
    // Nothing is to be broken any more, and the next promise is one of the kernel's own.
    this.#chain?.mend();
    if (this.#running) this.#running.interrupt();
    else if (this.#isSecond) this.#interruptEnded();
    this.#isSecond = true;
  }

  /** One that fails to end does not spare those after it. */
  #interruptEnded(): void {
    const failures: unknown[] = [];
    for (const run of this.#ended) {
      try {
        run.deref()?.interruptWhatIsLeft();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /**
   * Whether an interrupt that nobody has obeyed yet ends the work that meets it. As a rule the event loop soon has it
   * obeyed, and nothing is cut in the middle; but if the work is endless, nobody ever will. The work of another cell is
   * not meant, and gets more time.
   */
  #ends(number: number): boolean {
    const now = performance.now();
    if (number !== this.#met) {
      this.#met = number;
      this.#metAt = now;
    }
    const run = currentRun();
    const isMeant = run !== undefined && run === this.#running;
    return now - this.#metAt > (isMeant ? HELD_UP : HELD_UP_BY_OTHERS);
  }
}

function interruptionsSoFar(): number {
  return currentRun()?.interruptions ?? 0;
}
