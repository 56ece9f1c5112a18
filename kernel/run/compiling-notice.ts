/** Tells the reader that a cell which does nothing yet is being compiled. */
import type { CellRun } from "./cell-run";
import { clearTimeout, setTimeout } from "./own-timers";

/** Milliseconds after which the reader begins to wonder. */
const LONG = 3000;

/** As `compiled`; shows a line meanwhile if it takes long, and takes it away before the cell shows anything. */
export async function noticed<T>(run: CellRun, compiled: Promise<T>): Promise<T> {
  if (run.request.content.silent === true) return compiled;
  let isShown = false;
  const timer = setTimeout(() => {
    isShown = true;
    run.display({ "text/plain": "the kernel has started and compiles its first cell" });
  }, LONG);
  try {
    return await compiled;
  } finally {
    clearTimeout(timer);
    if (isShown) run.clearOutput();
  }
}
