/**
 * A child process that is spoken to by lines: of the benchmark, of the tests, of the look at JupyterLab.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

const running = new Set<Child>();

process.on("exit", () => {
  for (const child of running) child.signal("SIGTERM");
});

export interface ChildOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** In a process group of its own, as a terminal starts a command; signals then go to all of the group. */
  detached?: boolean;
  /** "inherit" shows at once what it writes to its standard error; otherwise the error of `hear` has it. */
  stderr?: "inherit" | "pipe";
}

/** A running child process. It has to end with its standard input, or with the SIGTERM that comes when this one exits. */
export class Child {
  readonly #command: string;
  readonly #detached: boolean;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable | null>;
  readonly #lines: AsyncIterator<string>;
  #complaint = "";

  /** Starts `command[0]` with the rest as its arguments. */
  constructor(command: readonly string[], options: ChildOptions = {}) {
    const { detached = false, stderr = "pipe", ...rest } = options;
    this.#command = command.join(" ");
    this.#detached = detached;
    this.#process = spawn(command[0], command.slice(1), {
      ...rest,
      detached,
      stdio: ["pipe", "pipe", stderr],
    }) as ChildProcessByStdio<Writable, Readable, Readable | null>;
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint += text;
    });
    this.#process.stdin.on("error", () => {}); // The missing answer tells it better.
    running.add(this);
    const forget = (error: Error | number | null) => {
      running.delete(this);
      if (error instanceof Error) this.#complaint += error.message;
    };
    this.#process.on("error", forget).on("exit", forget);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Writes one line to its standard input. */
  tell(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /**
   * The next line of its standard output.
   *
   * @param seconds after which it is killed where it has said nothing
   * @throws Error where it ends before, with what it has written to its standard error
   */
  async hear(seconds?: number): Promise<string> {
    let late = false;
    const timer =
      seconds !== undefined &&
      setTimeout(() => {
        late = true;
        this.signal("SIGKILL");
      }, seconds * 1000);
    const { value, done } = await this.#lines.next();
    if (timer) clearTimeout(timer);
    if (!done) return value;
    throw new Error(
      `${this.#command}: ${late ? `no answer in ${seconds} s` : "ended early"}\n${this.#complaint}`,
    );
  }

  /** Closes its standard input, with which it ends. */
  end(): void {
    this.#process.stdin.end();
  }

  /** Sends it a signal; nothing where it has ended. */
  signal(name: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined || !running.has(this)) return;
    if (this.#detached) process.kill(-pid, name);
    else this.#process.kill(name);
  }

  /** Sends it a signal, and waits until it has ended. */
  async kill(name: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (!running.has(this)) return;
    const ended = once(this.#process, "exit");
    this.signal(name);
    await ended;
  }
}
