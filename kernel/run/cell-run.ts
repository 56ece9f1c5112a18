/** One run of one cell: what its code, its output and its errors belong to, however late they come. */
import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import { type Cell, CURRENT_CELL, type MimeBundle, OUTSIDE_CELLS } from "../../interface/cell";
import type { Content, Message } from "../messaging/message";
import { errorContent } from "./error-content";
import { jsonBundle } from "./mime-bundle";
import { setImmediate, setTimeout } from "./own-timers";

/** What a cell throws, and what its waits reject with, when the reader interrupts it. */
export class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("the cell was interrupted");
  }
}

/** How long an interrupted cell may take to clean up before the kernel goes on without it, in milliseconds. */
export const GRACE_AFTER_INTERRUPT = 200;

/**
 * How long nothing begins where an interrupt ends what a cell has left running, in milliseconds: longer than a child may
 * take to end.
 */
const ENDING = 1000;

export type Release = () => void | Promise<void>;

/** Cancels what is still to come; says whether the reader cannot know of it otherwise. */
export type Cancel = (interrupted?: Interrupted) => boolean;

/** Sends a message to the cell of a run. */
export type Publish = (run: CellRun, msg_type: string, content: object) => void;

export class CellRun implements Cell {
  readonly executionCount: number;
  readonly began = Date.now();
  /** The execute_request, the parent of all that the run sends. */
  readonly request: Message;
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  /** How often the cell was interrupted. */
  interruptions = 0;
  /** How often it was when the kernel last gave up waiting for its end. */
  abandoned = 0;
  /** Whether the cell runs again: what it has left has been released, and what comes after is not wanted. */
  isOver = false;
  /** Whether what the cell has left running is being ended. */
  isBeingEnded = false;
  #hasFailedToBegin = false;
  /** Rejects when the cell is interrupted. */
  readonly interruption: Promise<never>;
  readonly #releases = new Set<Release>();
  readonly #callbacks = new Set<Cancel>();
  readonly #publish: Publish;
  readonly #isInterruptPending: () => boolean;

  constructor(
    executionCount: number,
    request: Message,
    publish: Publish,
    isInterruptPending: () => boolean,
  ) {
    this.executionCount = executionCount;
    this.request = request;
    this.#publish = publish;
    this.#isInterruptPending = isInterruptPending;
    this.interruption = new Promise((_, reject) => {
      this.signal.addEventListener("abort", () => reject(this.signal.reason), { once: true });
    });
    this.interruption.catch(() => {});
  }

  /** The cell's id in the notebook, where the front end tells it. */
  get cellId(): string | undefined {
    const { cellId } = this.request.metadata;
    return typeof cellId === "string" ? cellId : undefined;
  }

  get isInterruptPending(): boolean {
    return this.#isInterruptPending();
  }

  interrupt(): void {
    this.interruptions += 1;
    const { interruptions } = this;
    setTimeout(() => {
      this.abandoned = interruptions;
    }, GRACE_AFTER_INTERRUPT).unref();
    this.#controller.abort(new Interrupted());
  }

  /** Ends what the cell, which has ended itself, has left running: loops that wait, and callbacks that are to come. */
  interruptWhatIsLeft(): void {
    this.interrupt();
    const interrupted = new Interrupted();
    const isToBeSaid = this.#cancelCallbacks(interrupted);
    if (isToBeSaid) this.#publish(this, "error", errorContent(interrupted));
    this.isBeingEnded = true;
    this.#hasFailedToBegin = isToBeSaid;
    const end = () => {
      this.isBeingEnded = false;
    };
    // What has come meanwhile, on a busy machine, still finds it so.
    setTimeout(() => setImmediate(end).unref(), ENDING).unref();
  }

  /** Whether the run begins no work any more: so a chain ends, of which each link begins the next one. */
  get beginsNothing(): boolean {
    return this.isOver || this.isBeingEnded;
  }

  get isGivenUp(): boolean {
    return this.beginsNothing || this.abandoned > 0;
  }

  /**
   * Whether work that would begin now is left out, and its result never comes. Where what is left running is being
   * ended, the first such fails instead: so that it is said, and who tries again and again does not do so for ever.
   */
  leavesOutNewWork(): boolean {
    if (this.isOver || !this.isBeingEnded) return this.isOver;
    if (this.#hasFailedToBegin) return true;
    this.#hasFailedToBegin = true;
    throw new Interrupted();
  }

  /**
   * Registers how a callback is cancelled that is still to come: before the cell runs again, and when an interrupt ends
   * what the cell has left running. Returns a function that forgets it, for when it has come.
   */
  onCancel(cancel: Cancel): () => void {
    this.#callbacks.add(cancel);
    return () => this.#callbacks.delete(cancel);
  }

  #cancelCallbacks(interrupted?: Interrupted): boolean {
    const callbacks = [...this.#callbacks];
    this.#callbacks.clear();
    return callbacks.map((cancel) => cancel(interrupted)).includes(true);
  }

  /** As `work`, but rejects at once when the cell is interrupted; the work itself goes on. */
  unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.interruption]);
  }

  onRerun(release: Release): () => void {
    this.#releases.add(release);
    return () => this.#releases.delete(release);
  }

  /** Releases what the run has opened; returns what went wrong. */
  async release(): Promise<unknown[]> {
    this.isOver = true;
    this.#cancelCallbacks();
    const releases = [...this.#releases];
    this.#releases.clear();
    const results = await Promise.allSettled(releases.map(async (release) => release()));
    return results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  }

  display(bundle: MimeBundle, options: { id?: string; update?: boolean } = {}): void {
    const { id, update = false } = options;
    if (update && id === undefined)
      throw new TypeError("display: an update needs the id it updates");
    this.#publish(this, update ? "update_display_data" : "display_data", {
      data: jsonBundle(bundle),
      metadata: {},
      transient: id === undefined ? {} : { display_id: id },
    } satisfies Content);
  }

  clearOutput(wait = false): void {
    this.#publish(this, "clear_output", { wait });
  }

  removeAtEnd(file: string): void {
    removeAtEnd(file);
  }

  [inspect.custom](): string {
    return "CellRun";
  }
}

const storage = new AsyncLocalStorage<CellRun>();

/** The run that the calling code belongs to. */
export function currentRun(): CellRun | undefined {
  return storage.getStore();
}

/** Fails where the calling code is to begin no work any more, and waits for what the call returns. */
export function refuseNewWork(): void {
  if (currentRun()?.beginsNothing) throw new Interrupted();
}

export function runInCell<T>(run: CellRun, body: () => T): T {
  return storage.run(run, body);
}

/** Errors that were thrown through `listenInCell`. */
const thrownIn = new WeakMap<object, CellRun>();

/**
 * Runs a listener that the event loop calls. What it throws is still known as the run's when it is reported: from
 * Node.js 24 on, the context at that time may be one that an earlier error has left behind.
 */
export function listenInCell<T>(run: CellRun, listener: () => T): T {
  try {
    return runInCell(run, listener);
  } catch (error) {
    if (typeof error === "object" && error !== null) thrownIn.set(error, run);
    throw error;
  }
}

/** The run whose listener has thrown this. */
export function runThatThrew(error: unknown): CellRun | undefined {
  return typeof error === "object" && error !== null ? thrownIn.get(error) : undefined;
}

let removeAtEnd: (file: string) => void;

/**
 * Offers the current cell to helpers, through the interface that the two share.
 *
 * @param remove has a file deleted when the kernel ends
 */
export function offerCurrentCell(remove: (file: string) => void): void {
  removeAtEnd = remove;
  Object.defineProperty(globalThis, CURRENT_CELL, { value: currentRun });
  const outside = <T>(work: () => T): T => storage.exit(work);
  Object.defineProperty(globalThis, OUTSIDE_CELLS, { value: outside });
}
