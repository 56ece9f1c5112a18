/** A short run of both fuzzers; `make fuzz` goes on for longer. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Python } from "../helpers/peers/python";
import { Random } from "../helpers/peers/random";
import { difference, IN_PYTHON, sequence } from "./differential";

const SEQUENCES = Number(process.env.SEQUENCES ?? 400);
const CALLS = Number(process.env.CALLS ?? 4000);

/** So few calls in one process that what they leave behind does not slow it down. */
const AT_ONCE = 4000;

test(`${SEQUENCES} random sequences of calls come out as in Python`, async (t) => {
  const random = new Random(t);
  const python = new Python(t);
  await python.run(IN_PYTHON);
  const found: string[] = [];
  for (let n = 0; n < SEQUENCES; n++) {
    const different = await difference(python, sequence(random));
    if (different !== undefined) found.push(different);
  }
  assert.deepEqual(found, []);
});

test(`the process lives through ${CALLS} hostile calls of whatever the helpers export`, (t) => {
  const random = new Random(t);
  const program = join(__dirname, "hostile-calls.ts");
  for (let done = 0; done < CALLS; done += AT_ONCE) {
    const folder = mkdtempSync(join(tmpdir(), "hostile-calls-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const seed = String(1 + random.below(2 ** 30));
    const node = ["--require", "ts-node/register/transpile-only", program];
    const { stdout, stderr, status, signal } = spawnSync(
      process.execPath,
      [...node, String(Math.min(AT_ONCE, CALLS - done)), folder],
      { encoding: "utf8", env: { ...process.env, SEED: seed } },
    );
    assert.deepEqual(
      { stdout, status, signal },
      { stdout: "survived\n", status: 0, signal: null },
      `SEED=${seed}, status ${status}, signal ${signal}, after\n${readFileSync(join(folder, "last"), "utf8").trim()}\n${stderr}`,
    );
  }
});
