/** What the reader sees of what was thrown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect, stripVTControlCharacters } from "node:util";
import { errorContent, TypeScriptError } from "../../kernel/run/error-content";

/** An error whose stack is that text. */
function error(message: string, ...frames: string[]): Error {
  const made = new Error(message);
  made.stack = [`Error: ${message}`, ...frames].join("\n    at ");
  return made;
}

function lines(thrown: unknown): string[] {
  return errorContent(thrown).traceback.map(stripVTControlCharacters);
}

test("the message, then the frames of cells and helpers and no others", () => {
  const frames = [
    "cell [3]:1:7",
    "f (helpers/socket.ts:2:3)",
    "node:internal/process:1:1",
    "g (/usr/lib/x.js:1:1)",
  ];
  assert.deepEqual(lines(error("no", ...frames)), [
    "Error: no",
    "    at cell [3]:1:7",
    "    at f (helpers/socket.ts:2:3)",
  ]);
});

test("where the work began is told where no frame names that line", () => {
  const shown = (thrown: unknown) =>
    errorContent(thrown, "cell [4]:2:1").traceback.map(stripVTControlCharacters);
  for (const frame of ["f (helpers/socket.ts:2:3)", "async f (cell [3]:1:7)", "cell [4]:21:1"]) {
    assert.deepEqual(shown(error("no", frame)), [
      "Error: no",
      `    at ${frame}`,
      "    at cell [4]:2:1",
    ]);
  }
  for (const frame of ["cell [4]:2:7", "async f (cell [4]:2:7)"]) {
    assert.deepEqual(shown(error("no", frame)), ["Error: no", `    at ${frame}`]);
  }
  assert.deepEqual(shown("no error"), ["Uncaught 'no error'"]);
});

test("properties, causes and parts are shown", () => {
  const cause = Object.assign(error("inner", "cell [1]:1:1"), { code: "E" });
  const outer = Object.assign(error("outer"), { cause });
  assert.deepEqual(lines(outer), [
    "Error: outer",
    "  cause: Error: inner",
    "      at cell [1]:1:1",
    "    { code: 'E' }",
  ]);
  const parts = new AggregateError([error("one"), 2], "parts");
  parts.stack = "";
  assert.deepEqual(lines(parts), [
    "AggregateError: parts",
    "  error 1 of 2: Error: one",
    "  error 2 of 2: 2",
  ]);
});

test("the parts of an error that says itself how it is inspected are not said again", () => {
  const whole = new AggregateError([error("one")], "all: one");
  whole.stack = "";
  Object.defineProperty(whole, inspect.custom, { value: () => "all: one" });
  assert.deepEqual(lines(whole), ["AggregateError: all: one"]);
});

test("a circle ends, and so does what is long", () => {
  const round = error("round");
  round.cause = round;
  assert.deepEqual(lines(round), ["Error: round", "  cause: [circular]"]);
  const { evalue, traceback } = errorContent(error("x".repeat(50_000)));
  assert.equal(evalue, `${"x".repeat(20_000)}… 30000 more characters`);
  assert(traceback.join("\n").length < 21_000);
});

test("a subclass gives its name, and so does who sets one", () => {
  class Refused extends Error {}
  assert.equal(errorContent(new Refused("no")).ename, "Refused");
  assert.equal(errorContent(Object.assign(new Error("no"), { name: "Mine" })).ename, "Mine");
});

test("what is no error is shown as a value, and what resists any look is said to", () => {
  assert.deepEqual(errorContent(5), {
    ename: "Uncaught",
    evalue: "5",
    traceback: ["\u001b[31mUncaught\u001b[39m 5"],
  });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.equal(errorContent(proxy).evalue, "what was thrown cannot be shown");
});

test("TypeScript's errors are shown as they are", () => {
  assert.deepEqual(errorContent(new TypeScriptError("TS1: no", "cell [1]:1:1\nno")), {
    ename: "TypeScriptError",
    evalue: "TS1: no",
    traceback: ["cell [1]:1:1", "no"],
  });
});
