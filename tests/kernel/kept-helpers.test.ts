/** Helpers that are kept: for as long as their texts, and those of what they import, are what they were. */
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const ROOT = join(__dirname, "..", "..");

// Where it keeps things is beside the compiled kernel, so it is a copy of that which is tested.
const copy = mkdtempSync(join(tmpdir(), "kept-"));
after(() => rmSync(copy, { recursive: true }));

const helpers = join(copy, "helpers");
const store = join(copy, ".build", "helpers");

type Compiler = import("../../kernel/compile/compiler").Compiler;
let newCompiler: (folder?: string) => Compiler;

before(() => {
  for (const name of [".build/kernel", ".build/interface", "kernel", "tsconfig.json"]) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  mkdirSync(join(copy, "notebooks"));
  mkdirSync(helpers);
  const compiled = join(copy, ".build", "kernel", "compile", "compiler.js");
  const { Compiler } = require(compiled) as typeof import("../../kernel/compile/compiler");
  newCompiler = (folder = join(copy, "notebooks")) => new Compiler(folder);
  writeFileSync(join(helpers, "base.ts"), "export const base: number = 1;\n");
  writeFileSync(
    join(helpers, "top.ts"),
    'import { base } from "./base";\n\n/** Twice. */\nexport function top(n: number): number {\n  return n * 2 + base;\n}\n',
  );
});

const CELL = 'import { top } from "../helpers/top"; top(1)';

/** Compiles the cell; which helpers the main thread gets, and which of them were compiled here. */
function compile(compiler: Compiler, cell = CELL) {
  const { helpers: sent, errors } = compiler.compile("", cell, "cell [1]");
  let written = 0;
  while (compiler.keepHelper()) written += 1;
  return { sent: sent.map(({ file }) => file.slice(helpers.length + 1)).sort(), written, errors };
}

test("what one kernel compiles, the next one takes", () => {
  assert.deepEqual(compile(newCompiler()), {
    sent: ["base.ts", "top.ts"],
    written: 2,
    errors: undefined,
  });
  assert.equal(readdirSync(store).length, 2);
  assert.deepEqual(compile(newCompiler()), {
    sent: ["base.ts", "top.ts"],
    written: 0,
    errors: undefined,
  });
});

test("the JavaScript and its source maps are the same", () => {
  const [kept] = newCompiler()
    .compile("", CELL, "cell [1]")
    .helpers.filter(({ file }) => file.endsWith("top.ts"));
  rmSync(store, { recursive: true });
  const fresh = newCompiler();
  const [live] = fresh
    .compile("", CELL, "cell [1]")
    .helpers.filter(({ file }) => file.endsWith("top.ts"));
  while (fresh.keepHelper());
  assert.deepEqual(kept, live);
});

test("types are checked, and an error leads to the helper's own line", () => {
  const { errors } = compile(newCompiler(), 'import { top } from "../helpers/top"; top()');
  assert.match(errors?.text ?? "", /TS2554: Expected 1 arguments, but got 0/);
  assert.match(errors?.text ?? "", /helpers\/top\.ts:4:21/);
});

test("a kept helper has its documentation", () => {
  const shown = newCompiler().inspect("", CELL, CELL.indexOf("top(") + 1);
  assert.match(JSON.stringify(shown), /top\(n: number\): number.*Twice\./);
});

test("a helper that changed, and who imports it, are compiled; no others", () => {
  writeFileSync(join(helpers, "other.ts"), "export const other = 3;\n");
  const cell = `import { other } from "../helpers/other"; void other; ${CELL}`;
  compile(newCompiler(), cell);
  const compiler = newCompiler();
  assert.equal(compile(compiler, cell).written, 0);
  writeFileSync(join(helpers, "base.ts"), "export const base: number = 22;\n");
  assert.deepEqual(compile(compiler, cell).sent, ["base.ts"]);
  writeFileSync(join(helpers, "base.ts"), 'export const base = "text";\n');
  assert.match(compile(compiler, cell).errors?.text ?? "", /helpers\/top\.ts:5:3.*TS2322/);
  assert.match(compile(newCompiler(), cell).errors?.text ?? "", /helpers\/top\.ts:5:3.*TS2322/);
  writeFileSync(join(helpers, "base.ts"), "export const base: number = 1;\n");
  assert.equal(compile(compiler, cell).errors, undefined);
});

test("in a folder that only links to them, they are the same", () => {
  const folder = mkdtempSync(join(tmpdir(), "reader-"));
  try {
    for (const name of ["helpers", "node_modules", "tsconfig.json"]) {
      symlinkSync(join(copy, name), join(folder, name));
    }
    mkdirSync(join(folder, "notebooks"));
    compile(newCompiler());
    assert.deepEqual(compile(newCompiler(join(folder, "notebooks"))), {
      sent: ["base.ts", "top.ts"],
      written: 0,
      errors: undefined,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("other compiler options, another compilation", () => {
  writeFileSync(join(copy, "tsconfig.json"), '{ "compilerOptions": { "strict": false } }');
  assert.equal(compile(newCompiler()).written, 2);
});
