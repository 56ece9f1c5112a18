/** An interrupt ends loops, and never takes from a cell what an await has just given it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newMessage } from "../../kernel/messaging/message";
import { CellRun, Interrupted } from "../../kernel/run/cell-run";
import type { Chain } from "../../kernel/run/endless-javascript";
import { Interrupts } from "../../kernel/run/interrupts";
import { FLAG } from "../../kernel/threads";

/** Milliseconds after which a check has certainly had time enough, however it counts them. */
const LONG = 1000;

function newRun(): CellRun {
  const request = newMessage({ session: "front end", msg_type: "execute_request", parent: {} }, {});
  return new CellRun(
    1,
    request,
    () => {},
    () => false,
  );
}

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

/** A chain whose third link is its last. */
class ThreeLinks implements Chain {
  isMended = false;
  #links = 0;
  goOn(): void {
    this.#links += 1;
    if (this.#links === 3) throw new Interrupted();
  }
  mend(): void {
    this.isMended = true;
  }
}

test("each await is a link of the chain that is being broken", () => {
  const interrupts = new Interrupts(new Int32Array(new SharedArrayBuffer(64)));
  const [, awaiting, awaited] = interrupts.guards;
  interrupts.breakAwait(new ThreeLinks());
  for (const link of [1, 2]) assert.equal(awaited(awaiting(), link), link);
  assert.throws(() => awaited(awaiting(), 3), /interrupted/);
  interrupts.breakAwait();
  assert.equal(awaited(awaiting(), 4), 4);
});

test("an interrupt that is obeyed breaks nothing any more", () => {
  const interrupts = new Interrupts(new Int32Array(new SharedArrayBuffer(64)));
  const chain = new ThreeLinks();
  interrupts.breakAwait(chain);
  interrupts.obey(1);
  assert.equal(chain.isMended, true);
});

test("what one cell has left running ends, though that of another refuses to", () => {
  const interrupts = new Interrupts(new Int32Array(new SharedArrayBuffer(64)));
  const runs = [newRun(), newRun()];
  for (const run of runs) {
    interrupts.begin(run);
    interrupts.end(run);
  }
  runs[0].onCancel(() => {
    throw new Error("no");
  });
  let isCancelled = false;
  runs[1].onCancel(() => {
    isCancelled = true;
    return false;
  });
  interrupts.obey(1);
  assert.equal(isCancelled, false);
  assert.throws(() => interrupts.obey(2), /no/);
  assert.equal(isCancelled, true);
});
