/** Which promises a cell is told of: those that nobody awaits, keeps or has any use for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { notAwaited } from "../../kernel/compile/not-awaited";
import { checked } from "./checked";

const DECLARATIONS = `declare function late(): Promise<number>; declare function perhaps(): Promise<number> | undefined; declare function now(): number; declare const kept: Promise<number>; declare function generic<T>(value: T): T; declare function anything(): any; declare function tag(text: TemplateStringsArray): PromiseLike<number>; declare let thing: { late(): Promise<number> } | undefined;`;

/** The lines that a cell is told; the declarations are in the line that tslab puts in front. */
function told(code: string): string[] {
  const { file, checker } = checked(`${DECLARATIONS} export {};\n${code}`);
  return notAwaited(file, checker);
}

test("a promise that nobody awaits is told of, with its line", () => {
  for (const [code, ...expected] of [
    ["late()", "`await late()` in line 1"],
    ["late();", "`await late()` in line 1"],
    ["now()\nlate() // more\nnow()", "`await late()` in line 2"],
    ["perhaps()", "`await perhaps()` in line 1"],
    ["thing?.late()", "`await thing?.late()` in line 1"],
    ["generic(late())", "`await generic(late())` in line 1"],
    ["(late() as Promise<unknown>)!", "`await late()` in line 1"],
    ["if (now()) late()", "`await late()` in line 1"],
    ["now() ? late() : perhaps()", "`await late()` in line 1", "`await perhaps()` in line 1"],
    ["now() && late()", "`await late()` in line 1"],
    ["late(), now()", "`await late()` in line 1"],
    ["late().then(now)", "`await late().then(now)` in line 1"],
    ["late().finally(now)", "`await late().finally(now)` in line 1"],
    ["Promise.all([late(), late()])", "`await Promise.all([late(), late()])` in line 1"],
    ["new Promise(() => {})", "`await new Promise(() => {})` in line 1"],
    ["tag`text`", "await tag`text` in line 1"],
    ["(async () => {\n  await late()\n})()", "`await (async () => { …` in line 1"],
    ["async function f() {\n  late()\n}", "`await late()` in line 2"],
    ["[late(), late()]", "`await Promise.all([late(), late()])` in line 1"],
    ["[1, kept, perhaps()];", "`await Promise.all([1, kept, perhaps()])` in line 1"],
    ["[1, 2].map(async (n) => n)", "`await Promise.all([1, 2].map(async (n) => n))` in line 1"],
    ["[...[1].map(() => late())]", "`await Promise.all([...[1].map(() => late())])` in line 1"],
    ["const f = async () => { late() }", "`await late()` in line 1"],
  ]) {
    assert.deepEqual(
      told(code),
      expected.map((what) => `not awaited: write ${what}`),
      code,
    );
  }
});

test("nothing is told of a promise that is awaited, kept, refused by void, or made where nobody can wait", () => {
  for (const code of [
    "await late()",
    "void late()",
    "void late(); now()",
    "const held = late()",
    "let held: unknown; held = late()",
    "kept",
    "kept;",
    "[kept, kept]",
    "[late().catch(now), Promise.resolve(1), now()]",
    "void [late(), late()]",
    "const held = [late(), late()]",
    "await Promise.all([late(), late()])",
    "({ held: late() })",
    "late().catch(now)",
    "late().then(now, now)",
    "late().catch(now).finally(now)",
    "Promise.resolve(1)",
    "Promise.reject(1).catch(now)",
    "setTimeout(() => late())",
    "setTimeout(() => { late() })",
    "function f() { late() }",
    "class A { m() { late() } }",
    "const f = () => late()",
    "async function f() { return late() }",
    "now()",
    "anything()",
    "function g<T>(value: T) { return generic(value) }",
    "async function g<T>(value: T) { generic(value) }",
  ]) {
    assert.deepEqual(told(code), [], code);
  }
});
