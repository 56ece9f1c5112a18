/**
 * Whole lessons by this project's kernel, as `make run` executes them.
 *
 * @module
 */
import { join } from "node:path";
import { Child } from "../tools/child";
import { type Measurement, measure } from "./measure";

const ROOT = join(__dirname, "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");

type Task = Pick<Measurement, "title" | "rounds"> & {
  /** Of the round's figures, the one that counts. */
  of: "seconds" | "processor";
  figure: number;
  options: readonly string[];
};

const tasks: Record<string, Task> = {
  "kernel-pair": {
    title: "Processor time of the lesson 01-echo, with all children",
    rounds: 9,
    of: "processor",
    figure: 8,
    options: ["--pair", "01-echo"],
  },
  "kernel-lessons": {
    title: "All lessons",
    rounds: 1,
    of: "seconds",
    figure: 90,
    options: [],
  },
};

/** What can be measured. */
export const names = Object.keys(tasks);

/** Measures those of `names` that are chosen. */
export async function run(chosen: readonly string[]): Promise<void> {
  for (const name of chosen) {
    const { of, figure, options, ...shown } = tasks[name];
    await measure({
      ...shown,
      unit: "s",
      better: "less",
      warmUp: 0,
      baseline: "make run",
      target: { contestant: "make run", figure },
      contestants: [{ name: "make run", round: async () => (await runLessons(options))[of] }],
    });
  }
}

async function runLessons(options: readonly string[]): Promise<Record<Task["of"], number>> {
  const child = new Child([PYTHON, join(__dirname, "kernel", "lessons.py"), ...options]);
  const [seconds, processor] = (await child.hear(900)).split(" ").map(Number);
  return { seconds, processor };
}
