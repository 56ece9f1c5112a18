/** What a check says of a solution. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../../helpers/exercise";

test("a right solution is passed over in silence", () => {
  assert.equal(check(true, "never said"), undefined);
});

test("a wrong one is told what is wrong, where it was checked", () => {
  assert.throws(
    () => check(false, "a piece is missing"),
    (error: Error) => {
      assert.equal(error.name, "NotYet");
      assert.equal(error.message, "a piece is missing");
      assert.match(String(error.stack), /^NotYet: a piece is missing\n +at .*exercise\.test\.ts/);
      return true;
    },
  );
});
