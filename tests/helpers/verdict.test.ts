/** The words that a notebook finds for what has happened. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { verdict } from "../../helpers/verdict";

function printed(t: TestContext, held: boolean | Record<string, boolean>): string {
  const log = t.mock.method(console, "log", () => {});
  try {
    verdict("text-claim", held);
    return log.mock.calls.map((call) => call.arguments.join(" ")).join("\n");
  } finally {
    log.mock.restore();
  }
}

test("one outcome", (t) => {
  assert.equal(printed(t, true), "text-claim: holds");
  assert.equal(printed(t, false), "text-claim: does not hold");
});

test("several cases", (t) => {
  assert.equal(printed(t, { one: true, other: true }), "text-claim: holds");
  assert.equal(printed(t, { one: false, other: false }), "text-claim: does not hold");
  assert.equal(printed(t, { one: true, other: false }), "text-claim: holds if one");
  assert.equal(
    printed(t, { one: true, other: false, third: true }),
    "text-claim: holds if one or third",
  );
});

test("no case at all is no verdict", () => {
  assert.throws(() => verdict("text-claim", {}), RangeError);
});
