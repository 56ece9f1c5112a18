/** What an interrupt that nobody obeys ends: the looks at what runs, and what they lead to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Interrupted } from "../../kernel/run/cell-run";
import { type Chain, offerTermination } from "../../kernel/run/endless-javascript";
import { FLAG, TERMINATE } from "../../kernel/threads";

const flags = new Int32Array(new SharedArrayBuffer(64));
const chains: (Chain | undefined)[] = [];
offerTermination(flags, (chain) => chains.push(chain));
const look = (globalThis as { [TERMINATE]?: (number: number) => void })[TERMINATE];
assert(look);

/**
 * Calls `link` from one microtask after another, until it throws or the next one cannot be queued. What the links at
 * `looks` are followed by is a look that has nothing below it.
 */
function chain(number: number, looks: number[], link: (n: number) => void): Promise<unknown> {
  Atomics.store(flags, FLAG.interrupt, number);
  return new Promise((resolve) => {
    let n = 0;
    const next = () => {
      try {
        n += 1;
        link(n);
        if (looks.includes(n)) queueMicrotask(() => look?.(number));
        queueMicrotask(next);
      } catch (error) {
        resolve(error);
      }
    };
    setImmediate(next);
  });
}

test("a chain is broken, though each look falls between two of its links", async () => {
  let links = 0;
  const thrown = await chain(1, [10, 20], (n) => {
    links = n;
  });
  assert(thrown instanceof Interrupted);
  assert(links > 20 && links < 1000, String(links));
  assert.equal(chains.at(-1), undefined);
});

test("two looks one after the other break nothing of what soon lets the event loop turn", async () => {
  let links = 0;
  const thrown = await chain(4, [1, 2], (n) => {
    links = n;
    if (n === 20) throw new RangeError("it ends by itself");
  });
  assert(thrown instanceof RangeError);
  assert.equal(links, 20);
  await new Promise((resolve) => setImmediate(resolve));
});

test("what was to fail does no longer, once the event loop has turned", async () => {
  const { nextTick } = process;
  const { then } = Promise.prototype;
  let isBroken = false;
  const thrown = await chain(2, [10, 20], (n) => {
    if (n < 21) return;
    isBroken = process.nextTick !== nextTick && Promise.prototype.then !== then;
    throw new RangeError("it ends by itself");
  });
  assert(thrown instanceof RangeError && isBroken);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([process.nextTick, Promise.prototype.then], [nextTick, then]);
});

test("nothing is done for an interrupt that was obeyed, nor while the event loop turns", async () => {
  const { nextTick } = process;
  for (const pending of [0, 3]) {
    Atomics.store(flags, FLAG.interrupt, pending);
    for (let n = 0; n < 3; n += 1) {
      look(3);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(process.nextTick, nextTick);
  }
});
