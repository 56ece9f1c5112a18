/** ts-node, whose output is kept: the second run of a program has no need of the compiler, and its errors the same lines. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
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
import { after, test } from "node:test";

const ROOT = join(__dirname, "..", "..");

const copy = mkdtempSync(join(tmpdir(), "transpiled-"));
after(() => rmSync(copy, { recursive: true }));
mkdirSync(join(copy, "tools"));
cpSync(join(ROOT, "tools", "kept-transpiler.js"), join(copy, "tools", "kept-transpiler.js"));
cpSync(join(ROOT, "tsconfig.json"), join(copy, "tsconfig.json"));
symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));

const program = join(copy, "program.ts");
const store = join(copy, ".build", "transpiled");

/** What a program says. */
function run(file = program): string {
  const tsNode = join(ROOT, "node_modules", "ts-node", "dist", "bin.js");
  const { stdout, stderr } = spawnSync(process.execPath, [tsNode, file], {
    cwd: copy,
    encoding: "utf8",
  });
  return stdout + stderr;
}

test("a program is transpiled once, and anew when its text has changed", () => {
  writeFileSync(program, "const n: number = 1;\nconsole.log(n);\n");
  assert.equal(run(), "1\n");
  assert.equal(readdirSync(store).length, 1);
  // Whatever is kept is what runs.
  const [kept] = readdirSync(store);
  writeFileSync(
    join(store, kept),
    JSON.stringify({ outputText: "console.log('kept')", sourceMapText: "{}" }),
  );
  assert.equal(run(), "kept\n");
  writeFileSync(program, "const n: number = 2;\nconsole.log(n);\n");
  assert.equal(run(), "2\n");
});

test("an error has the lines of the program, also from what is kept", () => {
  writeFileSync(
    program,
    "interface Gone {\n  n: number;\n}\n\nthrow new Error(String({ n: 1 } satisfies Gone));\n",
  );
  for (let time = 0; time < 2; time++) assert.match(run(), /program\.ts:5:7\)?$/m);
});

test("a program may await at top level, and its errors have its lines", () => {
  writeFileSync(
    program,
    'import { setTimeout as sleep } from "node:timers/promises";\n\n' +
      'console.log("first");\nconst n: number = await sleep(1, 2);\nconsole.log(n);\n' +
      "for await (const m of [3]) console.log(m);\nthrow new Error(String(n));\nexport {};\n",
  );
  for (let time = 0; time < 2; time++) {
    const said = run();
    assert.match(said, /^first\n2\n3\n/);
    assert.match(said, /Error: 2\n.*program\.ts:7:7\)?$/m);
  }
});

test("what is no TypeScript is said, and not kept", () => {
  const before = readdirSync(store).length;
  writeFileSync(program, "const = 1;\n");
  assert.match(run(), /program\.ts.*error.*TS1134/);
  assert.equal(readdirSync(store).length, before);
});

test("what a program imports is kept for those in a folder of links to it, too", () => {
  mkdirSync(join(copy, "helpers"));
  writeFileSync(join(copy, "helpers", "helper.ts"), "export const n: number = 3;\n");
  const folder = join(copy, "reader");
  mkdirSync(folder);
  for (const name of ["helpers", "tools", "tsconfig.json"])
    symlinkSync(join(copy, name), join(folder, name));
  for (const place of [copy, folder]) {
    mkdirSync(join(place, "programs"));
    const text = 'import { n } from "../helpers/helper";\nconsole.log(n);\n';
    writeFileSync(join(place, "programs", "three.ts"), text);
  }
  const before = readdirSync(store).length;
  for (const place of [copy, folder]) assert.equal(run(join(place, "programs", "three.ts")), "3\n");
  // Two programs, and one helper.
  assert.equal(readdirSync(store).length, before + 3);
});
