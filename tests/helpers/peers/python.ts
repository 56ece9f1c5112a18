/**
 * The other end of a connection, on Python's own `socket`: an interpreter that runs what a test tells it.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Child } from "../../../tools/child";

const VENV = join(__dirname, "..", "..", "..", ".venv", "bin", "python");

/** The interpreter of this project's set-up, or the system's where there is none. */
export const PYTHON = existsSync(VENV) ? VENV : "python3";

/** Anything that ends something when a test does: node:test's context has it. */
export interface Scope {
  after(end: () => void): void;
}

export class Python {
  readonly #interpreter: Child;

  /** Starts an interpreter that ends with `scope`. */
  constructor(scope: Scope) {
    this.#interpreter = new Child([PYTHON, join(__dirname, "python_peer.py")], {
      stderr: "inherit",
    });
    scope.after(() => this.kill());
  }

  /**
   * Runs Python source, which may be indented as a whole, and gives the value of its last expression. The modules
   * of python_peer.py are imported already; names stay from one call to the next; calls run one after another. Python
   * has the source when this returns, so that it runs while this program is too busy to hear of it.
   */
  async run<Value>(source: string): Promise<Value> {
    this.#interpreter.tell(JSON.stringify(source));
    const line = await this.#interpreter.hear().catch((error) => {
      throw new Error(`Python ended during:\n${source}`, { cause: error });
    });
    const answer = JSON.parse(line) as { value: Value; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  }

  /** Kills the interpreter, as `kill -9` does, and waits for its end. */
  kill(): Promise<void> {
    return this.#interpreter.kill();
  }
}
