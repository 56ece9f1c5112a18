/** One run of one cell: what its code, its output and its errors belong to, however late they come. */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Cell, CURRENT_CELL } from "../interface/cell";
import type { Header } from "./wire";

/** What a cell throws, and what its waits reject with, when the reader interrupts it. */
export class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("the cell was interrupted");
  }
}

export class CellRun implements Cell {
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;
  /** Rejects when the cell is interrupted. */
  readonly interruption: Promise<never>;

  constructor(
    readonly executionCount: number,
    /** The header of the execute_request, the parent of all that the run sends. */
    readonly request: Header,
    /** The cell's id in the notebook, where the front end tells it. */
    readonly cellId: string | undefined,
    private readonly releases: Set<() => void>,
  ) {
    this.interruption = new Promise((_, reject) => {
      this.signal.addEventListener("abort", () => reject(this.signal.reason), { once: true });
    });
    this.interruption.catch(() => {});
  }

  get interrupted(): boolean {
    return this.signal.aborted;
  }

  interrupt(): void {
    this.controller.abort(new Interrupted());
  }

  onRerun(release: () => void): () => void {
    this.releases.add(release);
    return () => this.releases.delete(release);
  }
}

const storage = new AsyncLocalStorage<CellRun>();

/** The run that the calling code belongs to. */
export function currentRun(): CellRun | undefined {
  return storage.getStore();
}

export function runInCell<T>(run: CellRun, body: () => T): T {
  return storage.run(run, body);
}

/** Offers the current cell to helpers, through the interface that the two share. */
export function offerCurrentCell(): void {
  Object.defineProperty(globalThis, CURRENT_CELL, { value: currentRun });
}

/** What each cell of the notebook has opened and not yet closed. */
export class OpenedByCells {
  private readonly byCell = new Map<string, Set<() => void>>();

  of(cellId: string | undefined): Set<() => void> {
    if (cellId === undefined) return new Set();
    const known = this.byCell.get(cellId) ?? new Set();
    this.byCell.set(cellId, known);
    return known;
  }

  /** Releases what the cell opened in its earlier runs; returns what went wrong. */
  release(cellId: string | undefined): unknown[] {
    const failures: unknown[] = [];
    for (const release of [...this.of(cellId)]) {
      try {
        release();
      } catch (failure) {
        failures.push(failure);
      }
    }
    this.of(cellId).clear();
    return failures;
  }
}
