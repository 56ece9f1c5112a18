/** A cell as a part of a longer program: its variables are exports, and so is the value of its last expression. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as ts from "typescript";
import { cellForm, objectAsExpression } from "../../kernel/compile/cell-form";
import { LAST_VALUE } from "../../kernel/compile/compiled";
import { toCommonJS } from "./common-js";

function esModule(cell: string): string {
  return ts.transpileModule(cell, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    transformers: { before: [cellForm] },
  }).outputText;
}

/** The cell's exports after it has run. */
function exportsOf(cell: string): Record<string, unknown> {
  const found = {};
  new Function("exports", toCommonJS(esModule(cell)).code)(found);
  return found;
}

test("the value of the last expression is exported, in an array", () => {
  assert.deepEqual(exportsOf("6 * 7")[LAST_VALUE], [42]);
  assert.deepEqual(exportsOf("1; 2\nexport {}")[LAST_VALUE], [2]);
  assert.deepEqual(exportsOf("undefined")[LAST_VALUE], [undefined]);
});

test("a function that is the value keeps the name it has, which may be none", () => {
  const [anonymous] = exportsOf("(() => 1)")[LAST_VALUE] as [() => number];
  assert.equal(anonymous.name, "");
});

/** The line that tslab puts in front of a cell. */
const BEFORE = "export {};";

test("an object alone is an expression, and what is a block stays one", () => {
  for (const cell of ["{ a: 1 }", " { a, b() {} }", "{ a: 1 } // more"]) {
    assert.equal(objectAsExpression(`${BEFORE}\n${cell}`), `${BEFORE}(\n${cell}\n)`);
  }
  for (const cell of [
    "{ a: 1 };",
    "{ f() }",
    "{ a: { f() } }",
    "{ a = 1 }",
    "{ let a = 1 }",
    "{ a: 1 }\n[1]",
    "{} + 1",
    "1",
  ]) {
    assert.equal(objectAsExpression(`${BEFORE}\n${cell}`), `${BEFORE}\n${cell}`);
  }
});

test("a last statement that is no expression has no value", () => {
  for (const cell of [
    "5;",
    "5; // 6",
    "5; const x = 1",
    "if (true) { 5 }",
    "function f() {}",
    "",
  ]) {
    assert.equal(LAST_VALUE in exportsOf(cell), false, cell);
  }
});

test("variables are exported where they are declared, and functions see what is assigned later", () => {
  const found = exportsOf("let n = 1; var v = 2; const read = () => [n, v]; export { read, n }");
  assert.deepEqual([found.n, found.v], [1, 2]);
  Object.assign(found, { n: 10, v: 20 });
  assert.deepEqual((found.read as () => number[])(), [10, 20]);
});

test("a pattern exports each of its names, and none twice", () => {
  const cell = "let { a, b: [, c], ...rest } = { a: 1, b: [2, 3], d: 4 }; export { a, c, rest }";
  const found = exportsOf(cell);
  assert.deepEqual([found.a, found.c, found.rest], [1, 3, { d: 4 }]);
  assert.match(esModule(cell), /export \{\s*\};\s*$/);
});

test("what is no variable keeps its place in an export clause", () => {
  const found = exportsOf("function f() { return n } let n = 5; export { f, n }");
  assert.deepEqual([(found.f as () => number)(), found.n], [5, 5]);
});
