/** How much one run of a cell may print and show. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LEAST, LIMITS, OutputLimits } from "../../kernel/run/output-limits";

test("the limits are those that the README names", () => {
  assert.deepEqual(LIMITS, { printed: 900_000, shown: 16_000_000 });
  assert.equal(LEAST, 1000);
});

test("a text gets the room that there is, and no more", () => {
  const limits = new OutputLimits();
  assert.equal(limits.take(LIMITS.printed - 10), LIMITS.printed - 10);
  assert.equal(limits.take(10), 10);
  assert.equal(limits.take(1), 0);
  const other = new OutputLimits();
  assert.equal(other.take(LIMITS.printed + 5), LIMITS.printed);
});

test("an error or a display has room or has not, and a small one counts for more", () => {
  const limits = new OutputLimits();
  for (let n = 0; n < LIMITS.shown / LEAST; n += 1) {
    assert.equal(limits.takeWhole("shown", 1), true, `${n}`);
  }
  assert.equal(limits.takeWhole("shown", 1), false);
  assert.equal(limits.takeWhole("printed", LIMITS.printed), true, "it counts for itself");
  assert.equal(limits.takeWhole("printed", 0), false);
  assert.equal(limits.take(1), 0, "errors count as printed");
});

test("one display has no more room than all of them", () => {
  assert.equal(new OutputLimits().takeWhole("shown", LIMITS.shown), true);
  assert.equal(new OutputLimits().takeWhole("shown", LIMITS.shown + 1), false);
});

test("the reader is told once", () => {
  const limits = new OutputLimits();
  const notice = "\n[This cell has printed more than 900000 characters; the rest is not shown.]\n";
  assert.equal(limits.notice("printed"), notice);
  assert.equal(limits.notice("printed"), undefined);
  assert.equal(limits.notice("shown"), undefined);
});
