/** How the kernel's process ends, and what must not outlive it. */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { descendants } from "./descendants";

/** How often the kernel looks whether the process that started it is still there, in milliseconds. */
const PARENT_CHECK = 1000;

/** How long the last messages may take to be sent, in milliseconds. */
const LAST_MESSAGES = 100;

/** How long children may take to end when the kernel ends, in milliseconds. */
const CHILD_GRACE = 50;

export class LifeCycle {
  readonly #sent: () => Promise<unknown>;
  readonly #temporary = new Set<string>();
  #children: number[] = [];

  /** @param sent resolves when the last messages have been sent */
  constructor(sent: () => Promise<unknown>) {
    this.#sent = sent;
  }

  /** The children that run now, as `process.kill` names them. */
  noteChildren(pids: number[]): void {
    this.#children = pids;
  }

  /** A file that is deleted when the kernel ends. */
  noteTemporary(file: string): void {
    this.#temporary.add(file);
  }

  /** Ends the process, whatever the main thread computes and whatever sockets, timers or children are open. */
  async end(): Promise<void> {
    this.#signalChildren("SIGTERM");
    await Promise.race([this.#sent(), sleep(LAST_MESSAGES)]);
    await sleep(CHILD_GRACE);
    this.#signalChildren("SIGKILL");
    try {
      for (const file of this.#temporary) rmSync(file, { force: true });
    } finally {
      // A regular exit would wait for the main thread, and ZeroMQ may abort the process in it.
      process.kill(process.pid, "SIGKILL");
    }
  }

  /** A front end that was killed cannot ask its kernel to end; Jupyter's own kernels watch for that too. */
  endWithParent(): void {
    const { JPY_PARENT_PID } = process.env;
    if (!JPY_PARENT_PID) return;
    const parent = process.ppid;
    // It may have been killed before this process could look for the first time.
    const isOrphan = () => process.ppid === 1 && JPY_PARENT_PID !== "1";
    setInterval(() => {
      if (process.ppid !== parent || isOrphan()) void this.end();
    }, PARENT_CHECK).unref();
  }

  /** Of the processes that the kernel has started, and of those that these have, the ones that it was not told of. */
  otherDescendants(): number[] {
    return descendants(process.pid, new Set(this.#children.map(Math.abs)));
  }

  #signalChildren(signal: NodeJS.Signals): void {
    signalAll(this.#children, signal);
  }
}

export function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}
