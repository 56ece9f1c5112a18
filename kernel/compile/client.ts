/**
 * The compiler as the other threads see it: in the process that all kernels share, or, where that is not there or ends,
 * in a thread of this kernel.
 */
import { writeSync } from "node:fs";
import * as path from "node:path";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import { CompilerEnded, connect, type Remote } from "../remote";
import type { CompiledCell } from "./compiled";
import type { Compiler } from "./compiler";
import { openInSharedProcess } from "./shared-process";

type Connection = ReturnType<typeof connect<Compiler>>;
type Open = (folder: string) => Promise<Connection> | Connection;

export class CompilerClient {
  readonly #folder: string;
  /** The ways that have not been tried. */
  readonly #ways: Open[] = [inSharedProcess, inThread];
  #compiler: Promise<Connection>;
  /** The declarations of the cells so far, as a declaration file's text. */
  #declarations = "";
  /** The same with those of the cell that was compiled last. */
  #latest = "";
  /** What was wrong with the reader's tsconfig.json when the last cell was compiled. */
  #problem: string | undefined;

  /** @param folder where the notebook is */
  constructor(folder: string) {
    this.#folder = folder;
    this.#compiler = this.#open();
  }

  /**
   * As `Compiler.compile`, after the cells so far. Later cells see what this one declares only after `keep`. What is
   * wrong with the tsconfig.json is told once.
   */
  async compile(code: string, label: string): Promise<CompiledCell> {
    const cell = await this.#ask((compiler) => compiler.compile(this.#declarations, code, label));
    this.#latest = cell.declarations ?? this.#latest;
    const problem = cell.problem === this.#problem ? undefined : cell.problem;
    this.#problem = cell.problem;
    return { ...cell, problem };
  }

  /** Lets later cells see what the cell declares that was compiled last. */
  keep(): void {
    this.#declarations = this.#latest;
  }

  complete(code: string, position: number): Promise<object> {
    return this.#ask((compiler) => compiler.complete(this.#declarations, code, position));
  }

  inspect(code: string, position: number): Promise<object> {
    return this.#ask((compiler) => compiler.inspect(this.#declarations, code, position));
  }

  isComplete(code: string): Promise<object> {
    return this.#ask((compiler) => compiler.isComplete(code));
  }

  /** Asks the next compiler what the one before has not answered. */
  async #ask<T>(question: (compiler: Remote<Compiler>) => Promise<T>): Promise<T> {
    const asked = this.#compiler;
    try {
      return await question((await asked).remote);
    } catch (error) {
      if (!(error instanceof CompilerEnded)) throw error;
      if (this.#compiler === asked) {
        if (this.#ways.length === 0) throw error;
        this.#compiler = this.#open();
      }
      return await this.#ask(question);
    }
  }

  async #open(): Promise<Connection> {
    const [open] = this.#ways.splice(0, 1);
    try {
      return await open(this.#folder);
    } catch (error) {
      if (this.#ways.length === 0) throw error;
      return this.#open();
    }
  }
}

async function inSharedProcess(folder: string): Promise<Connection> {
  const port = await openInSharedProcess(folder);
  const connection = connect<Compiler>(port);
  port.on("close", () => connection.fail(new CompilerEnded()));
  return connection;
}

function inThread(folder: string): Connection {
  const thread = new Worker(path.join(__dirname, "thread.js"), {
    // Node's default would cost a kernel 25 MB more, for no gain in speed.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
    execArgv: [],
    workerData: folder,
  });
  const connection = connect<Compiler>(thread);
  let reason: Error | undefined;
  // The reason, if there is one, comes before the end.
  thread.on("exit", () => connection.fail(new CompilerEnded(reason)));
  thread.on("error", (error) => {
    reason = error;
    writeSync(2, `kernel: compiler: ${inspect(error)}\n`);
  });
  return connection;
}
