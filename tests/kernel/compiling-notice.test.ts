/** The line that stands under a first cell while it is compiled. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { CellRun } from "../../kernel/run/cell-run";

// The kernel takes its timers when it is loaded.
mock.timers.enable({ apis: ["setTimeout"] });
const { noticed } =
  require("../../kernel/run/compiling-notice") as typeof import("../../kernel/run/compiling-notice");

/** A run, and what it shows. */
function run(silent = false): { run: CellRun; shown: string[] } {
  const shown: string[] = [];
  const fake = {
    request: { content: { silent } },
    display: (data: { "text/plain": string }) => shown.push(data["text/plain"]),
    clearOutput: () => shown.push("cleared"),
  };
  return { run: fake as unknown as CellRun, shown };
}

/** Compiles for so many milliseconds. */
async function compile(run: CellRun, milliseconds: number): Promise<string> {
  const { promise, resolve } = withResolver<string>();
  const result = noticed(run, promise);
  mock.timers.tick(milliseconds);
  resolve("compiled");
  return result;
}

function withResolver<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((found) => {
    resolve = found;
  });
  return { promise, resolve };
}

const LINE = "the kernel has started and compiles its first cell";

test("a quick compilation shows nothing", async () => {
  const { run: cell, shown } = run();
  assert.equal(await compile(cell, 2999), "compiled");
  mock.timers.tick(10_000);
  assert.deepEqual(shown, []);
});

test("a slow one shows a line, and takes it away", async () => {
  const { run: cell, shown } = run();
  assert.equal(await compile(cell, 3000), "compiled");
  assert.deepEqual(shown, [LINE, "cleared"]);
});

test("a silent run shows nothing", async () => {
  const { run: cell, shown } = run(true);
  await compile(cell, 3000);
  assert.deepEqual(shown, []);
});
