/** Runs cells, one after another, on the main thread. */
import * as path from "node:path";
import type { CompilerClient } from "../compile/client";
import {
  type CompiledCell,
  type CompiledModule,
  LAST_VALUE,
  LINES_BEFORE_CELL,
} from "../compile/compiled";
import type { Message } from "../messaging/message";
import type { Remote } from "../remote";
import { CellRun, GRACE_AFTER_INTERRUPT, Interrupted, type Publish, runInCell } from "./cell-run";
import { noticed } from "./compiling-notice";
import { TypeScriptError } from "./error-content";
import type { Interrupts } from "./interrupts";
import { exportImport, importMeta, Modules, wrap } from "./modules";
import { RunsOfCells } from "./opened-by-cells";
import { setTimeout } from "./own-timers";
import { notePromiseIn } from "./promise-places";
import { cellLabel, cellScript, type Sources } from "./reader-frames";
import { readerError } from "./reader-names";

/** What a cell is told of the file that it is in. A Jupyter server says which notebook it has started the kernel for. */
const NOTEBOOK = path.basename(process.env.JPY_SESSION_NAME ?? "notebook.ipynb");

/** The value of a cell's last expression, in an object: a promise of a promise would wait for it. */
export interface Result {
  value?: unknown;
}

export interface Outcome extends Result {
  /** In a line each. */
  warnings?: string[];
  /** Present when the cell failed. */
  thrown?: { error: unknown };
}

export class Executor {
  readonly #compiler: Remote<CompilerClient>;
  readonly #sources: Sources;
  readonly #interrupts: Interrupts;
  readonly #runs = new RunsOfCells();
  readonly #modules: Modules;
  readonly #folder: string;
  /** Where cells keep their top-level names. */
  readonly #exports: Record<string, unknown> = Object.defineProperty({}, LAST_VALUE, {
    // Who looks at `exports` sees the reader's names only.
    enumerable: false,
    writable: true,
  });
  /** The first cell waits for the compiler to start. */
  #isFirst = true;
  /** How many scripts have been loaded: each has a name of its own. */
  #scripts = 0;

  /**
   * @param folder from which cells import
   * @param provided modules that the kernel itself provides
   */
  constructor(
    compiler: Remote<CompilerClient>,
    sources: Sources,
    interrupts: Interrupts,
    folder: string,
    provided: Record<string, object>,
  ) {
    this.#compiler = compiler;
    this.#sources = sources;
    this.#interrupts = interrupts;
    const noteIn = (file: string) => notePromiseIn(sources.helperLabel(file));
    this.#modules = new Modules(interrupts.guards, noteIn, provided);
    this.#folder = folder;
  }

  newRun(executionCount: number, request: Message, publish: Publish): CellRun {
    const isPending = () => this.#interrupts.isPending;
    const run = new CellRun(executionCount, request, publish, isPending);
    this.#runs.add(run);
    return run;
  }

  /** Does all that a run is about, from compiling to what the reply says; an interrupt meanwhile is the run's. */
  async attend<T>(run: CellRun, work: () => Promise<T>): Promise<T> {
    this.#interrupts.begin(run);
    try {
      return await work();
    } finally {
      this.#interrupts.end(run);
    }
  }

  /** Compiles and runs a cell; nothing that the cell does makes this reject. */
  async execute(run: CellRun, code: string): Promise<Outcome> {
    let warnings: string[] | undefined;
    try {
      const compiling = this.#compile(code, cellLabel(run.executionCount));
      const compiled = await run.unlessInterrupted(
        this.#isFirst ? noticed(run, compiling) : compiling,
      );
      this.#isFirst = false;
      const { problem, errors } = compiled;
      if (problem) runInCell(run, () => process.stderr.write(`[${problem}]\n`));
      if (errors) throw new TypeScriptError(errors.first, errors.text);
      // The new text has compiled: what the cell opened the last time makes room for it.
      const release = () => this.#runs.releaseBefore(run);
      const failures = await run.unlessInterrupted(inTurnOfItsOwn(release));
      for (const failure of failures) console.error(failure);
      // Not sooner: of a cell that did not run, no later one should find the names.
      void this.#compiler.keep();
      warnings = compiled.warnings;
      return { ...(await this.#run(run, compiled)), warnings };
    } catch (error) {
      return { thrown: { error: interruptionIn(error) ?? error }, warnings };
    }
  }

  /** The value of an expression after the cells so far; later cells do not see it. */
  async evaluate(run: CellRun, expression: string): Promise<Result> {
    const compiled = await run.unlessInterrupted(this.#compile(`(${expression})`, "expression"));
    if (compiled.errors) throw new TypeScriptError(compiled.errors.first, compiled.errors.text);
    return this.#run(run, compiled);
  }

  async #compile(code: string, label: string): Promise<CompiledCell> {
    const compiled = await this.#compiler.compile(code, label);
    for (const helper of compiled.helpers) {
      this.#sources.addHelper(helper);
      this.#modules.update(helper);
    }
    return compiled;
  }

  async #run(run: CellRun, compiled: CompiledCell): Promise<Result> {
    const { module, used = [] } = compiled;
    if (!module) return {};
    const body = this.#load(module, run);
    await this.finish(run, async () => {
      for (const file of used) await this.#modules.renew(file);
      await this.#modules.untilLoaded(body);
    });
    return { value: this.#takeValue() };
  }

  /** Runs a body of the reader's code in its cell, and waits for it, but not long after an interrupt. */
  finish<T>(run: CellRun, body: () => Promise<T>): Promise<T> {
    return Promise.race([inTurnOfItsOwn(() => runInCell(run, body)), this.#abandonment(run)]);
  }

  #load(module: CompiledModule, run: CellRun): () => Promise<void> {
    this.#scripts += 1;
    const script = cellScript(this.#scripts);
    this.#sources.addCell(script, run.executionCount, module, LINES_BEFORE_CELL);
    const file = path.join(this.#folder, NOTEBOOK);
    const require = this.#modules.requireFrom(this.#folder, module);
    const body = wrap(module.code, script, true)(undefined, file, this.#folder);
    return async () =>
      body(
        this.#exports,
        require,
        ...this.#interrupts.guards,
        notePromiseIn(cellLabel(run.executionCount)),
        this.#modules.importFrom(this.#folder, module),
        importMeta(file, require),
        exportImport,
        readerError,
      );
  }

  /** Rejects some time after an interrupt, for the cell that waits on what no one can cancel. */
  #abandonment(run: CellRun): Promise<never> {
    return run.interruption.catch(
      (reason) =>
        new Promise<never>((_, reject) => {
          setTimeout(reject, GRACE_AFTER_INTERRUPT, reason);
        }),
    );
  }

  #takeValue(): unknown {
    const boxed = this.#exports[LAST_VALUE];
    // Not deleted: V8 keeps an object slow from which something was deleted.
    this.#exports[LAST_VALUE] = undefined;
    return Array.isArray(boxed) ? boxed[0] : undefined;
  }
}

/** An interrupt may end the reader's code down to the event loop: whoever has called it would end with it. */
function inTurnOfItsOwn<T>(body: () => Promise<T>): Promise<T> {
  return Promise.resolve().then(body);
}

/** An API that takes a signal may wrap the reason for which it was aborted. What a cell throws may resist any look. */
function interruptionIn(error: unknown): Interrupted | undefined {
  try {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof Interrupted ? cause : undefined;
  } catch {
    return undefined;
  }
}
