/** Which calls hand their promise to the kernel: those that nothing awaits on the spot. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as ts from "typescript";
import { NOTE_PROMISE } from "../../kernel/compile/compiled";
import { promiseNotes, unawaitedCalls } from "../../kernel/compile/promise-notes";
import { checked } from "./checked";

const DECLARATIONS = `
declare function late(): Promise<number>;
declare function perhaps(): Promise<number> | undefined;
declare function now(): number;
declare const thing: { late(): Promise<number>; later?: { late(): Promise<number> } } | undefined;
`;

/** The places that are noted in a code, which stands behind the declarations. */
function places(code: string): string[] {
  const text = `${DECLARATIONS}${code}\nexport {};`;
  const { file, checker } = checked(text);
  const calls = unawaitedCalls(file, checker);
  const linesBefore = DECLARATIONS.split("\n").length - 1;
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
    transformers: { before: [promiseNotes(calls, linesBefore)] },
  });
  const noted = outputText.matchAll(new RegExp(`${NOTE_PROMISE}\\("(\\d+:\\d+)", `, "g"));
  return Array.from(noted, ([, place]) => place);
}

test("what gives a promise and is not awaited is noted, with its place", () => {
  for (const [code, ...expected] of [
    ["late();", "1:1"],
    ["void late();", "1:6"],
    ["\n  const kept = late();", "2:16"],
    ["perhaps();", "1:1"],
    ["thing?.late();", "1:1"],
    ["thing?.later?.late();", "1:1"],
    ["Promise.all([late(), late()]);", "1:1", "1:14", "1:22"],
    ["const call = () => late();", "1:20"],
    ["async function f() { return late(); }\nf();", "1:29", "2:1"],
    ["late().then(() => late());", "1:1", "1:19"],
    ["(async () => { await late(); })();", "1:1"],
  ] as [string, ...string[]][]) {
    assert.deepEqual(places(code), expected, code);
  }
});

test("nothing is noted of what is awaited on the spot, and of what gives no promise", () => {
  for (const code of [
    "await late();",
    "await (late());",
    "await late()!;",
    "await (late() as Promise<number>);",
    "await perhaps();",
    "for (let n = await late(); n < 10; n += await late()) now();",
    "now(); const sum = now() + Math.max(1, now());",
    "await late().then(() => 1);",
    "const some = [1, 2].map((n) => n + now());",
    "class A {} class B extends A { constructor() { super(); } }",
    'await import("node:fs"); import("node:fs");',
  ]) {
    assert.deepEqual(places(code), [], code);
  }
});
