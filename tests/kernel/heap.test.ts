import assert from "node:assert";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Garbage } from "../../kernel/heap";

const MEGABYTE = 2 ** 20;

/** Something that nobody has but who asks whether it is still there. */
function abandoned(): WeakRef<object> {
  return new WeakRef({});
}

test("garbage is collected once it may be much", async () => {
  const garbage = new Garbage();
  const first = abandoned();
  await setImmediate();
  garbage.collect();
  assert.strictEqual(first.deref(), undefined);

  const second = abandoned();
  await setImmediate();
  garbage.collect();
  assert.notStrictEqual(second.deref(), undefined);

  const much = Array.from({ length: 2 * MEGABYTE }, () => 1.5);
  await setImmediate();
  garbage.collect();
  assert.strictEqual(second.deref(), undefined);
  assert.strictEqual(much.length, 2 * MEGABYTE);
});
