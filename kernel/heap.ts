/** How the heaps of the kernel's threads and of the compiler's process grow. */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** So much garbage, in octets, is worth a collection. */
const WORTHWHILE = 8 * 2 ** 20;

/**
 * Has V8 collect sooner than it would: it lets a heap grow to four times of what is alive, and of a kernel most is the
 * compiler's heap. Due before a thread starts, and before V8's cache is used or made, which holds for these flags only.
 */
export function keepHeapsSmall(): void {
  setFlagsFromString("--heap-growing-percent=40");
}

/** The garbage of a process. */
export class Garbage {
  /** The octets that the last collection has left. */
  #left = 0;

  /**
   * Collects it, if it may be much: due when nobody waits for the process, as it takes some 40 ms. V8 then looks by
   * itself, within half a minute and beside all else, whether it can give memory back to the system; without a first
   * collection it would not.
   */
  collect(): void {
    if (getHeapStatistics().used_heap_size < this.#left + WORTHWHILE) return;
    setFlagsFromString("--expose-gc");
    runInNewContext("globalThis.gc?.()");
    this.#left = getHeapStatistics().used_heap_size;
  }
}
