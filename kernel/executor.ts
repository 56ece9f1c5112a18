/** Runs cells, one after another, on the main thread. */
import { CellRun, Interrupted, type Publish, runInCell } from "./cell-run";
import {
  type CompiledCell,
  type CompiledModule,
  type Compiler,
  LINES_BEFORE_CELL,
} from "./compiler";
import type { Sources } from "./errors";
import { CHECK_INTERRUPT } from "./loop-guard-name";
import { Modules, wrap } from "./modules";
import { OpenedByCells } from "./opened";
import type { Remote } from "./remote";
import { FLAG } from "./threads";
import type { Message } from "./wire";

/** How long an interrupted cell may take to clean up before the kernel goes on without it, in milliseconds. */
const GRACE_AFTER_INTERRUPT = 200;

/** TypeScript's errors, in the form of an error of the cell. */
export class TypeScriptError extends Error {
  override name = "TypeScriptError";
  constructor(
    first: string,
    readonly text: string,
  ) {
    super(first);
  }
}

export interface Outcome {
  value?: unknown;
  /** Present, even if undefined itself, when the cell failed. */
  thrown?: { error: unknown };
}

type CellBody = (
  exports: object,
  require: (id: string) => unknown,
  checkInterrupt: () => void,
) => Promise<void>;

export class Executor {
  private readonly opened = new OpenedByCells();
  private readonly exports = createExports();
  private readonly require: (id: string) => unknown;
  private readonly modules: Modules;
  private running: CellRun | undefined;
  private obeyed = 0;
  private scripts = 0;

  constructor(
    private readonly compiler: Remote<Compiler>,
    private readonly sources: Sources,
    private readonly flags: Int32Array,
    folder: string,
    provided: Record<string, object>,
  ) {
    this.modules = new Modules(() => this.checkInterrupt(), provided);
    this.require = this.modules.requireFrom(folder);
  }

  newRun(executionCount: number, request: Message, publish: Publish): CellRun {
    return new CellRun(executionCount, request, this.opened.of(cellId(request)), publish);
  }

  /** Compiles and runs a cell; nothing that the cell does makes this reject. */
  async execute(run: CellRun, code: string): Promise<Outcome> {
    this.running = run;
    try {
      const compiled = await this.compiler.compile(code, `cell [${run.executionCount}]`, true);
      return { value: await this.run(run, compiled) };
    } catch (error) {
      return { thrown: { error: interruptionIn(error) ?? error } };
    } finally {
      this.running = undefined;
      // An interrupt that ended a loop is obeyed before its message is read.
      const number = Atomics.exchange(this.flags, FLAG.interrupt, 0);
      if (number > this.obeyed) {
        this.obeyed = number;
        run.interrupt();
      }
    }
  }

  /** The value of an expression after the cells so far; later cells do not see it. */
  async evaluate(run: CellRun, expression: string): Promise<unknown> {
    const compiled = await this.compiler.compile(`(${expression})`, "expression", false);
    return this.run(run, compiled);
  }

  /** Obeys an interrupt, once, if a cell is running. */
  interrupt(number: number): void {
    Atomics.compareExchange(this.flags, FLAG.interrupt, number, 0);
    if (number <= this.obeyed) return;
    this.obeyed = number;
    this.interruptRunning();
  }

  interruptRunning(): void {
    this.running?.interrupt();
  }

  private async run(run: CellRun, compiled: CompiledCell): Promise<unknown> {
    for (const helper of compiled.helpers) {
      this.sources.addHelper(helper);
      this.modules.update(helper);
    }
    if (compiled.errors) throw new TypeScriptError(compiled.errors.first, compiled.errors.text);
    // The new text has compiled: what the cell opened the last time makes room for it.
    for (const failure of await this.opened.release(cellId(run.request))) console.error(failure);
    if (!compiled.module) return undefined;
    const body = this.load(compiled.module, run);
    const check = () => this.checkInterrupt(run);
    const finished = runInCell(run, () => body(this.exports, this.require, check));
    await Promise.race([finished, this.abandonment(run)]);
    return this.takeValue(compiled.lastExpression);
  }

  private load(module: CompiledModule, run: CellRun): CellBody {
    this.scripts += 1;
    const script = `cell-${this.scripts}`;
    this.sources.addCell(script, run.executionCount, module, LINES_BEFORE_CELL);
    return wrap(module.code, script, ["exports", "require", CHECK_INTERRUPT], true) as CellBody;
  }

  /** Rejects some time after an interrupt, for the cell that waits on what no one can cancel. */
  private abandonment(run: CellRun): Promise<never> {
    return run.interruption.catch(
      (reason) =>
        new Promise<never>((_, reject) => {
          setTimeout(reject, GRACE_AFTER_INTERRUPT, reason);
        }),
    );
  }

  private takeValue(name: string | undefined): unknown {
    if (name === undefined) return undefined;
    const exports = this.exports as Record<string, unknown>;
    const value = exports[name];
    delete exports[name];
    return value;
  }

  /** Called by guarded code in each turn of a loop. */
  private checkInterrupt(run?: CellRun): void {
    if (Atomics.load(this.flags, FLAG.interrupt) !== 0 || run?.interrupted) throw new Interrupted();
  }
}

/** The cell's id in the notebook, where the front end tells it. */
function cellId({ metadata }: Message): string | undefined {
  return typeof metadata.cellId === "string" ? metadata.cellId : undefined;
}

/** An API that takes a signal may wrap the reason for which it was aborted. */
function interruptionIn(error: unknown): Interrupted | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Interrupted ? cause : undefined;
}

/**
 * Where cells keep their top-level names.
 *
 * TypeScript defines an import as a getter that cannot be replaced, and a later cell may declare the same name; and a
 * write to a plain property must not go through the slow way of a proxy's defineProperty, hence `set`.
 */
function createExports(): object {
  return new Proxy({} as Record<string | symbol, unknown>, {
    set(target, name, value) {
      target[name] = value;
      return true;
    },
    defineProperty(target, name, descriptor) {
      if (name !== "__esModule") {
        target[name] = descriptor.get ? descriptor.get.call(target) : descriptor.value;
      }
      return true;
    },
  });
}
