/** What a check says of a solution. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { check } from "../../helpers/exercise";

function double(number: number): number {
  return number * 2;
}

const doubleSolution = async (number: number) => number * 2;

/** What the function prints. */
function printed(print: () => void): string {
  const log = mock.method(console, "log", () => undefined);
  print();
  log.mock.restore();
  return log.mock.calls.map((call) => call.arguments.join(" ")).join("\n");
}

test("a right solution is passed over in silence, and called solved at the end", async () => {
  const [yours, ours] = [check(double), check(doubleSolution)];
  yours.expect(yours(2), 4, "twice as much");
  ours.expect(await ours(2), 4, "twice as much");
  yours.require(yours(2) > 2, "more than before");
  assert.equal(printed(yours.solved), "your double: solved");
  assert.equal(printed(ours.solved), "the lesson's doubleSolution: solved");
});

test("a wrong one is told whose it is, what is wrong and what was expected, where it was checked", () => {
  const yours = check(double);
  assert.throws(
    () => yours.expect(yours(2), 5, "one more than twice"),
    (error: Error) => {
      assert.equal(error.name, "NotYet");
      assert.equal(error.message, "your double: one more than twice (expected 5, got 4)");
      assert.match(String(error.stack), /^NotYet: your double.*\n +at .*exercise\.test\.ts/);
      return true;
    },
  );
  assert.throws(() => yours.require(yours(2) < 2, "less than before"), {
    name: "NotYet",
    message: "your double: expected: less than before",
  });
});

test("what has not returned after five seconds is said not to have returned, and not before", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const never = async () => new Promise<void>(() => undefined);
  const yours = check(never);
  const attempts = [yours(), yours.within(never())];
  const late: unknown[] = [];
  for (const attempt of attempts) attempt.catch((error) => late.push(error.message));
  mock.timers.tick(4999);
  await Promise.resolve();
  assert.deepEqual(late, []);
  mock.timers.tick(1);
  await Promise.allSettled(attempts);
  assert.deepEqual(late, [
    "your never: it has not returned after 5 s",
    "your never: what it should bring about has not come after 5 s",
  ]);
  mock.timers.reset();
});

test("a generator gives its values, and may take five seconds for each", async () => {
  async function* lines() {
    yield "one";
    yield "two";
    await new Promise(() => undefined);
  }
  const found: string[] = [];
  const yours = check(lines);
  const reading = (async () => {
    for await (const line of yours()) {
      found.push(line);
      if (found.length === 2) mock.timers.enable({ apis: ["setTimeout"] });
    }
  })();
  const failed = assert.rejects(reading, /your lines: it has not returned after 5 s/);
  while (found.length < 2) await new Promise(setImmediate);
  await new Promise(setImmediate);
  mock.timers.tick(5000);
  await failed;
  mock.timers.reset();
  assert.deepEqual(found, ["one", "two"]);
});
