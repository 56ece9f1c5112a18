/**
 * Child processes that are spoken to by lines, none of which outlives the benchmark: each reads its standard
 * input and ends with it, and all are killed when this process exits, for whatever reason it does.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const running = new Set<Child>();

process.on("exit", () => {
  for (const child of running) child.kill();
});
for (const [signal, number] of [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGTERM", 15],
] as const) {
  process.on(signal, () => process.exit(128 + number));
}

/** A running child process. */
export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #command: string;
  #complaint = "";

  /** Starts `command[0]` with the rest as its arguments. */
  constructor(command: readonly string[]) {
    this.#command = command.join(" ");
    this.#process = spawn(command[0], command.slice(1));
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint += text;
    });
    running.add(this);
    const forget = (error: Error | number | null) => {
      running.delete(this);
      if (error instanceof Error) this.#complaint += error.message;
    };
    this.#process.on("error", forget).on("exit", forget);
    this.#process.stdin.on("error", () => {}); // The missing answer tells it better.
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Writes one line to its standard input. */
  tell(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** The next line of its standard output; rejects if it ends, or takes longer than `seconds`. */
  async hear(seconds = 60): Promise<string> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.kill();
    }, seconds * 1000);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    if (!done) return value;
    throw new Error(
      `${this.#command}: ${late ? `no answer in ${seconds} s` : "ended early"}\n${this.#complaint}`,
    );
  }

  /** Closes its standard input, with which it ends. */
  end(): void {
    this.#process.stdin.end();
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
