/** Helpers are evaluated once, and anew when they or what they import has changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Interrupts } from "../../kernel/run/interrupts";
import { Modules } from "../../kernel/run/modules";
import { notePromiseIn } from "../../kernel/run/promise-places";

const nothing = { imports: {}, staticImports: [] };
const cell = { file: "", ...nothing };
const helper = (name: string, code: string) => ({
  ...{ file: `/folder/${name}.ts`, code, maps: [], ...nothing },
});
const evaluated: string[] = [];
Object.assign(globalThis, { evaluated });

function modules(): Modules {
  const made = new Modules(new Interrupts(new Int32Array(2)).guards, notePromiseIn, {
    provided: { of: "the kernel" },
  });
  made.update(helper("base", "evaluated.push('base'); exports.n = 1;"));
  made.update(helper("middle", "evaluated.push('middle'); exports.n = require('./base').n;"));
  made.update(helper("other", "evaluated.push('other'); exports.n = 0;"));
  return made;
}

test("a helper is evaluated once, whoever imports it by whatever name", () => {
  const require = modules().requireFrom("/folder", cell);
  evaluated.length = 0;
  const first = require("./middle");
  assert.equal(require("./middle.ts"), first);
  assert.equal(require("../folder/middle.js"), first);
  assert.deepEqual(first, { n: 1 });
  assert.deepEqual(evaluated, ["middle", "base"]);
});

test("a changed helper and its importers are evaluated anew, no other", () => {
  const made = modules();
  const require = made.requireFrom("/folder", cell);
  for (const name of ["./middle", "./other"]) require(name);
  evaluated.length = 0;
  made.update(helper("base", "evaluated.push('base'); exports.n = 2;"));
  assert.deepEqual(require("./middle"), { n: 2 });
  require("./other");
  assert.deepEqual(evaluated, ["middle", "base"]);
});

test("a helper that throws while it is evaluated is evaluated again at the next import", () => {
  const made = modules();
  made.update(helper("throws", "evaluated.push('throws'); throw new Error('not yet');"));
  const require = made.requireFrom("/folder", cell);
  evaluated.length = 0;
  assert.throws(() => require("./throws"), /not yet/);
  assert.throws(() => require("./throws"), /not yet/);
  assert.deepEqual(evaluated, ["throws", "throws"]);
});

test("packages are Node's, or the kernel's own; one that is missing is named without a path", () => {
  const require = modules().requireFrom("/folder", cell);
  assert.deepEqual(require("provided"), { of: "the kernel" });
  assert.equal((require("node:path") as { sep: string }).sep, "/");
  assert.throws(() => require("no-such-package"), {
    message: "Cannot find module 'no-such-package'",
    code: "MODULE_NOT_FOUND",
  });
});
