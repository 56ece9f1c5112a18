/** Errors that no one waited for: each belongs to the cell that started the work. */
import type { EventEmitter } from "node:events";
import { writeSync } from "node:fs";
import { type CellRun, currentRun, Interrupted, runThatThrew } from "./cell-run";
import { errorContent } from "./error-content";
import type { Output } from "./output";
import { placeOf } from "./promise-places";

export class LateErrors {
  readonly #output: Output;
  readonly #isRunning: (run: CellRun) => boolean;
  /** The last run under each execution count, of cells that have not run again since. */
  readonly #runs = new Map<number, CellRun>();

  constructor(output: Output, isRunning: (run: CellRun) => boolean) {
    this.#output = output;
    this.#isRunning = isRunning;
  }

  /** A run from which errors may come from now on. */
  note(run: CellRun): void {
    const { executionCount } = run;
    this.#runs.set(executionCount, run);
    run.onRerun(() => {
      if (this.#runs.get(executionCount) === run) this.#runs.delete(executionCount);
    });
  }

  /** From now on, what nobody catches is shown. */
  install(): void {
    keepListening({
      uncaughtException: (error: unknown) => this.#show(error),
      unhandledRejection: (reason: unknown, promise: Promise<unknown>) =>
        this.#show(reason, placeOf(promise)),
    });
  }

  /** @param place where the promise was made that it has rejected */
  #show(error: unknown, place?: string): void {
    const described = errorContent(error, place);
    const known = runThatThrew(error) ?? currentRun();
    const run = known ?? this.#runInFrames(described.traceback) ?? this.#output.newest;
    // A cell that still runs says itself that it was interrupted, and of one that runs again nobody wants to know.
    if (described.ename === Interrupted.name && run && (run.isOver || this.#isRunning(run))) return;
    if (run) this.#output.show(run, "error", described);
    else writeSync(2, `kernel: ${described.traceback.join("\n")}\n`);
  }

  /** Node loses the context of some callbacks before their error arrives; the topmost frame still names the cell. */
  #runInFrames(traceback: string[]): CellRun | undefined {
    const [, number] = traceback.join("\n").match(/\bcell \[(\d+)\]:\d/) ?? [];
    return this.#runs.get(Number(number));
  }
}

/** Listens to events of the process for good. A cell that takes these listeners away would end the kernel. */
function keepListening(listeners: Record<string, Parameters<EventEmitter["on"]>[1]>): void {
  const emitter: EventEmitter = process;
  const listen = () => {
    for (const [event, listener] of Object.entries(listeners)) {
      if (!emitter.listeners(event).includes(listener)) emitter.on(event, listener);
    }
  };
  listen();
  for (const method of ["removeAllListeners", "removeListener", "off"] as const) {
    const remove = emitter[method];
    const value = (...args: unknown[]): EventEmitter => {
      Reflect.apply(remove, emitter, args);
      listen();
      return emitter;
    };
    Object.defineProperty(process, method, { value, writable: true, configurable: true });
  }
}
