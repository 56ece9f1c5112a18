/**
 * What the processors do meanwhile. It decides more about a round trip than the programs do: a processor with
 * nothing to do goes to sleep, and waking it can take longer than the round trip itself.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, constants, setPriority } from "node:os";
import { Child } from "../tools/child";

const LOOP = "console.log('loops'); while (process.ppid === Number(process.argv[1]));";

/**
 * Runs `work` while the processors are kept awake: by one endless loop for each, of a priority so low that it
 * yields to everything else.
 */
export async function awake<Result>(work: () => Promise<Result>): Promise<Result> {
  const loops = Array.from(
    { length: availableParallelism() },
    () => new Child([process.execPath, "--eval", LOOP, String(process.pid)]),
  );
  try {
    for (const loop of loops) {
      await loop.hear(60);
      if (loop.pid !== undefined) setPriority(loop.pid, constants.priority.PRIORITY_LOW);
    }
    return await work();
  } finally {
    for (const loop of loops) loop.signal("SIGKILL");
  }
}

/**
 * The commands with each bound to a processor of its own, so that each can sleep while another works: two that the
 * system puts on the same processor keep it awake for each other. As they are where taskset(1) is missing or the
 * processors are too few.
 */
export function apart(...commands: string[][]): string[][] {
  const numbers = process.platform === "linux" ? allowed() : [];
  const possible = spawnSync("taskset", ["--version"]).status === 0;
  if (!possible || numbers.length < commands.length) return commands;
  return commands.map((command, index) => [
    "taskset",
    "--cpu-list",
    `${numbers[index]}`,
    ...command,
  ]);
}

/** The numbers of the processors that this process may use. */
function allowed(): number[] {
  const list =
    /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
