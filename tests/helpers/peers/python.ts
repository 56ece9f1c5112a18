/**
 * The other end of a connection, on Python's own `socket`: an interpreter that runs what a test tells it.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const VENV = join(__dirname, "..", "..", "..", ".venv", "bin", "python");

/** The interpreter of this project's set-up, or the system's where there is none. */
export const PYTHON = existsSync(VENV) ? VENV : "python3";

/** Anything that ends something when a test does: node:test's context has it. */
export interface Scope {
  after(end: () => void): void;
}

export class Python {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  /** Starts an interpreter that ends with `scope`. */
  constructor(scope: Scope) {
    this.#process = spawn(PYTHON, [join(__dirname, "python_peer.py")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { stdin, stdout } = this.#process;
    if (stdin === null || stdout === null) throw new Error("no pipes");
    stdin.on("error", () => {}); // The missing answer tells it better.
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
    scope.after(() => this.kill());
  }

  /**
   * Runs Python source, which may be indented as a whole, and gives the value of its last expression. The modules
   * of python_peer.py are imported already; names stay from one call to the next; calls run one after another.
   */
  run<Value>(source: string): Promise<Value> {
    const answer = this.#last.catch(() => {}).then(() => this.#ask<Value>(source));
    this.#last = answer;
    return answer;
  }

  async #ask<Value>(source: string): Promise<Value> {
    this.#process.stdin?.write(`${JSON.stringify(source)}\n`);
    const { value: line, done } = await this.#answers.next();
    if (done) throw new Error(`Python ended during:\n${source}`);
    const answer = JSON.parse(line) as { value: Value; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  }

  /** Kills the interpreter, as `kill -9` does, and waits for its end. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}
