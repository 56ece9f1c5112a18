/** The words that a notebook finds for what has happened. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { verdict } from "../../helpers/verdict";
import { CURRENT_CELL, type MimeBundle } from "../../interface/cell";

const CLAIM = "pymotw-other-port";
const MAP = join(__dirname, "../../notebooks/claims.json");

function printed(t: TestContext, held: boolean | Record<string, boolean>, claim = "text-claim") {
  const log = t.mock.method(console, "log", () => {});
  try {
    verdict(claim, held);
    return log.mock.calls.map((call) => call.arguments.join(" ")).join("\n");
  } finally {
    log.mock.restore();
  }
}

function words(): string {
  const map: { id: string; says: string }[] = JSON.parse(readFileSync(MAP, "utf8"));
  return map.find(({ id }) => id === CLAIM)?.says as string;
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

test("a claim of the map is shown in its words", (t) => {
  assert.equal(printed(t, false, CLAIM), `${CLAIM}: does not hold\n  ${words()}`);
});

test("in a notebook the words are the line, and which text says so is folded away", () => {
  const shown: MimeBundle[] = [];
  const offer = globalThis as { [CURRENT_CELL]?: unknown };
  offer[CURRENT_CELL] = () => ({ display: (data: MimeBundle) => shown.push(data) });
  try {
    verdict(CLAIM, { "1 < 2": true, other: false });
  } finally {
    delete offer[CURRENT_CELL];
  }
  assert.equal(shown.length, 1);
  assert.equal(shown[0]["text/plain"], `${CLAIM}: holds if 1 < 2\n  ${words()}`);
  const [, line, rest] =
    /^<details><summary>(.*)<\/summary>(.*)<\/details>$/.exec(
      shown[0]["text/markdown"] as string,
    ) ?? [];
  assert.equal(line, `<b>holds if 1 &lt; 2</b>: ${words()}`);
  assert.match(rest, /Hellmann.*pymotw-other-port/);
});
