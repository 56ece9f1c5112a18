/** `spawnSync`, `execSync` and `execFileSync` sleep until the child has ended: an interrupt ends it, and then the call. */
import { FLAG } from "../threads";
import { currentRun, Interrupted } from "./cell-run";

interface SynchronousSpawn {
  spawn(options: object): object;
}

/** From now on, the messaging thread knows when this thread waits for such a child. */
export function noteSynchronousChildren(flags: Int32Array): void {
  const { binding } = process as unknown as { binding(name: string): SynchronousSpawn };
  const synchronous = binding.call(process, "spawn_sync");
  const { spawn } = synchronous;
  synchronous.spawn = (options) => {
    Atomics.store(flags, FLAG.waitsForChild, 1);
    const result = spawn(options);
    Atomics.store(flags, FLAG.waitsForChild, 0);
    if (currentRun() && Atomics.load(flags, FLAG.interrupt) !== 0) throw new Interrupted();
    return result;
  };
}
