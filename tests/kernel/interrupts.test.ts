/** An interrupt ends loops, and never takes from a cell what an await has just given it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Interrupts } from "../../kernel/run/interrupts";
import { FLAG } from "../../kernel/threads";

/** Milliseconds after which a check has certainly had time enough, however it counts them. */
const LONG = 1000;

test("an interrupt that nobody obeys ends a loop, but not what follows an await", (t) => {
  const flags = new Int32Array(new SharedArrayBuffer(64));
  const interrupts = new Interrupts(flags);
  const [check, awaiting, awaited] = interrupts.guards;
  assert.equal(interrupts.isPending, false);
  check();
  Atomics.store(flags, FLAG.interrupt, 1);
  assert.equal(interrupts.isPending, true);
  check();
  const now = performance.now();
  t.mock.method(performance, "now", () => now + LONG);
  assert.equal(awaited(awaiting(), "octets"), "octets");
  assert.throws(check, /interrupted/);
});

test("an await that is one of an endless chain fails, once", () => {
  const interrupts = new Interrupts(new Int32Array(new SharedArrayBuffer(64)));
  const [, awaiting, awaited] = interrupts.guards;
  let broken = 0;
  const note = () => {
    broken += 1;
  };
  interrupts.breakAwait(note);
  assert.throws(() => awaited(awaiting(), 1), /interrupted/);
  assert.equal(awaited(awaiting(), 2), 2);
  interrupts.breakAwait(note);
  interrupts.breakAwait();
  assert.equal(awaited(awaiting(), 3), 3);
  assert.equal(broken, 1);
});
