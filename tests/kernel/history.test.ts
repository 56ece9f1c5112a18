/** What history_request finds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../kernel/messaging/history";
import type { Content } from "../../kernel/messaging/message";

const history = new History();
["alpha", "beta", "alpha", "a.b", "a\nb"].forEach((code, i) => {
  history.add({ code, execution_count: i + 1 });
});

function found(request: Content): unknown {
  return history.answer(request).history;
}

test("the tail is the last n, and all without a number", () => {
  assert.deepEqual(found({ hist_access_type: "tail", n: 2 }), [
    [1, 4, "a.b"],
    [1, 5, "a\nb"],
  ]);
  assert.equal((found({ hist_access_type: "tail" }) as unknown[]).length, 5);
  assert.equal((found({ hist_access_type: "tail", n: 100 }) as unknown[]).length, 5);
});

test("a range of this session, which is 0 or 1, leaves out its end", () => {
  for (const session of [0, 1]) {
    assert.deepEqual(found({ hist_access_type: "range", session, start: 2, stop: 4 }), [
      [1, 2, "beta"],
      [1, 3, "alpha"],
    ]);
  }
  assert.deepEqual(found({ hist_access_type: "range", session: 2, start: 1 }), []);
});

test("a search knows * and ?, and takes all else for itself", () => {
  const lines = (pattern: string, more: Content = {}) =>
    (found({ hist_access_type: "search", pattern, ...more }) as [number, number, string][]).map(
      ([, line]) => line,
    );
  assert.deepEqual(lines("al*"), [1, 3]);
  assert.deepEqual(lines("a?b"), [4, 5]);
  assert.deepEqual(lines("a.b"), [4]);
  assert.deepEqual(lines("lph"), []);
  assert.deepEqual(lines("al*", { unique: true }), [3]);
  assert.deepEqual(lines("*", { n: 1 }), [5]);
});

test("with output, an input is a pair", () => {
  assert.deepEqual(found({ hist_access_type: "tail", n: 1, output: true }), [
    [1, 5, ["a\nb", null]],
  ]);
});
