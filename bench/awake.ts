/**
 * Keeps the processors awake: a processor with nothing to do goes to sleep, and waking it can take longer than a
 * round trip itself. One endless loop a processor, of a priority so low that it yields to everything else.
 *
 * @module
 */
import { availableParallelism, constants, setPriority } from "node:os";
import { Child } from "./children";

const LOOP = "console.log('loops'); while (process.ppid === Number(process.argv[1]));";

/** Runs `work` while the processors are kept awake. */
export async function awake<Result>(work: () => Promise<Result>): Promise<Result> {
  const loops = Array.from(
    { length: availableParallelism() },
    () => new Child([process.execPath, "--eval", LOOP, String(process.pid)]),
  );
  try {
    for (const loop of loops) {
      await loop.hear();
      if (loop.pid !== undefined) setPriority(loop.pid, constants.priority.PRIORITY_LOW);
    }
    return await work();
  } finally {
    for (const loop of loops) loop.kill();
  }
}
