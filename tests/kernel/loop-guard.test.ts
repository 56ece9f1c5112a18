/** Each turn of each loop first asks whether there was an interrupt. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as ts from "typescript";
import { CHECK_INTERRUPT } from "../../kernel/compile/compiled";
import { defersInterrupts, loopGuard } from "../../kernel/compile/loop-guard";

/** How often the code asks; an interrupt at that number ends it. */
function turns(code: string, interruptAt = Number.POSITIVE_INFINITY): number {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
    transformers: { before: [loopGuard] },
  });
  let asked = 0;
  const check = () => {
    asked += 1;
    if (asked === interruptAt) throw new Error("interrupted");
  };
  const run = () => new Function(CHECK_INTERRUPT, outputText)(check);
  if (interruptAt === Number.POSITIVE_INFINITY) run();
  else assert.throws(run, /interrupted/, code);
  return asked;
}

test("a loop of every kind asks once a turn", () => {
  for (const code of [
    "for (let n = 0; n < 3; n++) n;",
    "for (let n = 0; n < 3; n++) { n }",
    "let n = 0; while (n < 3) n++",
    "let n = 0; do n++; while (n < 3)",
    "for (const n of [1, 2, 3]);",
    "for (const key in { a: 1, b: 2, c: 3 }) key",
    "outer: for (const n of [1, 2, 3]) continue outer",
  ]) {
    assert.equal(turns(code), 3, code);
  }
});

test("loops in loops, in functions and in classes ask too", () => {
  assert.equal(turns("for (const a of [1, 2]) for (const b of [1, 2]);"), 6);
  assert.equal(turns("const f = () => { for (const a of [1, 2]); }; f(); f()"), 4);
  assert.equal(
    turns(
      "class C { static { for (const a of [1]); } x = (() => { while (true) break })() }\nnew C()",
    ),
    2,
  );
  assert.equal(turns("for (const f of [() => { for (const b of [1]); }]) f()"), 2);
});

test("endless loops end", () => {
  for (const code of [
    "for (;;);",
    "while (true);",
    "do {} while (true)",
    "for (;;) { continue }",
  ]) {
    assert.equal(turns(code, 5), 5, code);
  }
});

test("code without a loop does not ask", () => {
  assert.equal(turns("[1, 2].forEach(() => {}); if (true) { 1 }"), 0);
});

test("a module may say before its first statement that its loops are to be left alone", () => {
  const says = (text: string) =>
    defersInterrupts(ts.createSourceFile("module.ts", text, ts.ScriptTarget.ES2022));
  const directive = '"use deferred interrupts"';
  for (const text of [
    directive,
    `/** A module. @module */\n\n${directive};\nimport "./other";`,
    `"use strict"; ${directive}; for (;;);`,
    "'use deferred interrupts'",
  ]) {
    assert(says(text), text);
  }
  for (const text of [
    "",
    `// ${directive}`,
    `import "./other"; ${directive};`,
    `(${directive});`,
    `const directive = ${directive}`,
    `export function f() { ${directive}; for (;;); }`,
    "`use deferred interrupts`",
    '"use strict"',
  ]) {
    assert(!says(text), text);
  }
});
