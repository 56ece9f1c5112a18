/** Which requests a failure aborts: those that were sent before their front end could know of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dated, StopOnError } from "../../kernel/run/stop-on-error";

const START = Date.parse("2025-01-01T00:00:00Z");

/** Times in milliseconds from a common start; the front end's clock is `ahead` of the kernel's. */
function request(sent: number, arrived: number, ahead = 0): Dated {
  return { sent: new Date(START + sent + ahead).toISOString(), arrived: START + arrived };
}

function aborts(failed: Dated, at: number, next: Dated): boolean {
  const stopOnError = new StopOnError();
  stopOnError.fail(failed, START + at);
  return stopOnError.isAborted(next);
}

test("nothing is aborted before anything has failed", () => {
  assert.equal(new StopOnError().isAborted(request(0, 1)), false);
});

test("a request that was there when the failure came is aborted", () => {
  assert.equal(aborts(request(0, 1), 100, request(2, 3)), true);
});

test("one that came after it, but was sent before it, is aborted", () => {
  assert.equal(aborts(request(0, 1), 100, request(90, 130)), true);
});

test("one that was sent after it runs", () => {
  assert.equal(aborts(request(0, 1), 100, request(101, 102)), false);
  assert.equal(aborts(request(0, 1), 100, request(110, 500)), false);
});

test("the front end's clock may be wrong, as long as it is the same for both", () => {
  for (const ahead of [-3_600_000, -5000, 5000, 3_600_000]) {
    assert.equal(aborts(request(0, 1, ahead), 100, request(2, 3, ahead)), true, `${ahead}`);
    assert.equal(aborts(request(0, 1, ahead), 100, request(90, 130, ahead)), true, `${ahead}`);
    assert.equal(aborts(request(0, 1, ahead), 100, request(110, 130, ahead)), false, `${ahead}`);
  }
});

test("a request that seems to have travelled for a second or more counts from its arrival", () => {
  assert.equal(aborts(request(0, 1), 100, request(50, 1049)), true);
  assert.equal(aborts(request(0, 1), 100, request(50, 1200)), false);
});

test("one that travelled faster than the one that failed counts from its arrival", () => {
  assert.equal(aborts(request(0, 50), 100, request(98, 99)), true);
  assert.equal(aborts(request(0, 50), 100, request(101, 102)), false);
});

test("what is no date counts from its arrival", () => {
  for (const sent of ["", "yesterday"]) {
    assert.equal(aborts(request(0, 0), 100, { sent, arrived: START + 99 }), true);
    assert.equal(aborts(request(0, 0), 100, { sent, arrived: START + 100 }), false);
    assert.equal(aborts({ sent, arrived: START }, 100, request(90, 130)), true);
  }
});
