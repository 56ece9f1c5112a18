/** Calls from one thread to another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { connect, serve } from "../../kernel/remote";

class Counter {
  #n = 0;

  add(n: number): number {
    this.#n += n;
    return this.#n;
  }

  fail(): never {
    throw new RangeError("too far");
  }
}

test("calls are answered in order, with a value or an error", async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  serve(port2, new Counter());
  const { remote } = connect<Counter>(port1);
  assert.deepEqual(await Promise.all([remote.add(1), remote.add(2), remote.add(3)]), [1, 3, 6]);
  await assert.rejects(remote.fail(), { name: "RangeError", message: "too far" });
  assert.equal(await remote.add(1), 7);
});

test("when the other thread has ended, waiting calls and later ones are rejected", async (t) => {
  const { port1 } = new MessageChannel();
  t.after(() => port1.close());
  const { remote, fail } = connect<Counter>(port1);
  const waiting = remote.add(1);
  fail(new Error("it has ended"));
  await assert.rejects(waiting, /it has ended/);
  await assert.rejects(remote.add(1), /it has ended/);
});
