/** Workers and child processes that cells start: they end with an interrupt of the cell, and before it runs again. */
import { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import type { Worker } from "node:worker_threads";
import { currentRun, refuseNewWork } from "./cell-run";
import { sleep } from "./own-timers";

/** How long a child or a worker may take to end after it was asked to, in milliseconds. */
const GRACE = 500;

/** A worker ends as a child does, but without being asked first. */
export function noteWorkers(): void {
  subscribe("worker_threads", (message) => {
    const { worker } = message as { worker: Worker };
    const run = currentRun();
    // A listener of the cell's that fails keeps its end from being told.
    const end = async () => void (await Promise.race([worker.terminate(), grace()]));
    const forget = run?.onRerun(end);
    const forgetCancel = run?.onCancel(() => {
      void end();
      return true;
    });
    worker.once("exit", () => {
      forget?.();
      forgetCancel?.();
    });
  });
}

interface Spawning {
  spawn(this: ChildProcess, options: { detached?: boolean }): unknown;
}

/** A child ends with an interrupt of the cell that started it, and before that cell runs again. */
export function noteChildren(onChildren: (pids: number[]) => void): void {
  const running = new Set<number>();
  const prototype = ChildProcess.prototype as unknown as Spawning;
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    refuseNewWork();
    const result = Reflect.apply(spawn, this, [options]);
    const { pid } = this;
    const run = currentRun();
    if (pid === undefined || !run) return result;
    // A detached child leads a group of its own, which a minus sign names.
    const target = options.detached ? -pid : pid;
    const ended = new Promise<void>((resolve) => {
      this.once("exit", () => resolve());
    });
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      kill(target, signal);
      await Promise.race([ended, grace()]);
      if (running.has(target)) kill(target, "SIGKILL");
    };
    const onInterrupt = () => void end("SIGINT");
    const forget = run.onRerun(() => end("SIGTERM"));
    run.signal.addEventListener("abort", onInterrupt);
    running.add(target);
    onChildren([...running]);
    this.once("exit", () => {
      running.delete(target);
      onChildren([...running]);
      run.signal.removeEventListener("abort", onInterrupt);
      forget();
    });
    return result;
  };
}

function grace(): Promise<void> {
  return sleep(GRACE, undefined, { ref: false });
}

function kill(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // It has ended by itself.
  }
}
