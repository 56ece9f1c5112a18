/** How the heaps of the kernel's threads grow. */
import { setFlagsFromString } from "node:v8";

/**
 * Has V8 collect sooner than it would: it lets a heap grow to four times of what is alive, and of a kernel most is the
 * compiler's heap. Due before a thread starts, and before V8's cache is used or made, which holds for these flags only.
 */
export function keepHeapsSmall(): void {
  setFlagsFromString("--heap-growing-percent=40");
}
