/** What has waited when an interrupt came does not run on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as ts from "typescript";
import { awaitGuard } from "../../kernel/compile/await-guard";
import { AWAITED, AWAITING } from "../../kernel/compile/compiled";

/** What the code logs, and with what it ends; it calls `interrupt` itself. */
async function run(code: string): Promise<string[]> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
    transformers: { before: [awaitGuard] },
  });
  const logged: string[] = [];
  let interruptions = 0;
  const awaited = (before = 0, value?: unknown) => {
    if (interruptions > before) throw new Error("interrupted");
    return value;
  };
  const interrupt = () => {
    interruptions += 1;
  };
  const parameters = [AWAITING, AWAITED, "log", "interrupt"];
  const body = new Function(...parameters, `return (async () => { ${outputText} })()`);
  const log = (text: unknown) => logged.push(String(text));
  await body(() => interruptions, awaited, log, interrupt).catch(log);
  return logged;
}

test("a wait gives what it waited for", async () => {
  assert.deepEqual(await run("log(await 1); log(await (await Promise.resolve({ a: 2 })).a)"), [
    "1",
    "2",
  ]);
});

test("what follows an interrupted wait does not run, but what cleans up does", async () => {
  assert.deepEqual(
    await run("try { await interrupt(); log(1) } finally { await null; log('cleans') }"),
    ["cleans", "Error: interrupted"],
  );
  assert.deepEqual(
    await run("const wait = Promise.resolve().then(interrupt); await wait; log('not reached')"),
    ["Error: interrupted"],
  );
});

test("each turn of `for await` asks", async () => {
  assert.deepEqual(
    await run("for await (const n of [1, 2, 3]) { log(n); if (n === 2) interrupt() }"),
    ["1", "2", "Error: interrupted"],
  );
  assert.deepEqual(await run("for await (const n of [1]) log(n)"), ["1"]);
});

test("each turn of a loop that waits asks, however it waits", async () => {
  for (const loop of ["while (true)", "for (;;)", "for (const n of [1, 2, 3])"]) {
    assert.deepEqual(
      await run(`${loop} { log('turn'); interrupt(); await null }`),
      ["turn", "Error: interrupted"],
      loop,
    );
  }
  assert.deepEqual(await run("do { interrupt(); await null } while (true)"), [
    "Error: interrupted",
  ]);
  const inFunction = "for (const n of [1]) log(String(async () => await n).includes('(); '))";
  assert.deepEqual(await run(`interrupt(); ${inFunction}`), ["false"]);
});
