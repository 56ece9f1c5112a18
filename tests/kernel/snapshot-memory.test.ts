import assert from "node:assert";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";

const MODULE = path.resolve(__dirname, "../../.build/kernel/compile/snapshot-memory.js");
const folder = mkdtempSync(path.join(tmpdir(), "snapshot-"));
const [program, snapshot, pages] = ["js", "snapshot", "pages"].map((ending) =>
  path.join(folder, `begun.${ending}`),
);

/** Shares what it has begun from, makes a context of it, and tells which of its memory is in the file. */
const PROGRAM = `
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const { runInNewContext } = require("node:vm");
const { setDeserializeMainFunction } = require("node:v8").startupSnapshot;
setDeserializeMainFunction(() => {
  const { sharePages } = createRequire(${JSON.stringify(MODULE)})(${JSON.stringify(MODULE)});
  const file = process.argv.at(-1);
  let octets, error;
  try { octets = sharePages(file); } catch ({ code }) { error = code; }
  const inFile = readFileSync("/proc/self/maps", "utf8").split("\\n").filter((line) => line.endsWith(file));
  const sum = runInNewContext("[...new Map([[1, 2]])].flat().reduce((a, b) => a + b)");
  console.log(JSON.stringify({ octets, error, inFile, sum }));
});
`;

interface Told {
  octets?: number;
  error?: string;
  inFile: string[];
  sum: number;
}

/** What such a process tells, if it ends as it should. */
function begin(file: string): Told {
  const told = execFileSync(process.execPath, ["--snapshot-blob", snapshot, file]);
  return JSON.parse(told.toString());
}

function other(change: (file: string) => void): string {
  const file = path.join(folder, "other.pages");
  copyFileSync(pages, file);
  change(file);
  return file;
}

function withOctetAt(place: number): (file: string) => void {
  return (file) => {
    const octets = readFileSync(file);
    octets[octets.length + place] ^= 1;
    writeFileSync(file, octets);
  };
}

after(() => rmSync(folder, { recursive: true }));

test("a snapshot's memory", {
  skip: process.platform !== "linux" && "only on Linux",
}, async (t) => {
  writeFileSync(program, PROGRAM);
  const how = ["--no-warnings", "--snapshot-blob", snapshot, "--build-snapshot", program];
  execFileSync(process.execPath, how);
  const { writePages } = require(MODULE) as typeof import("../../kernel/compile/snapshot-memory");
  writePages(snapshot, pages);

  await t.test("is shared with the file, but for its ends, and V8 goes on reading it", () => {
    const { length } = readFileSync(pages);
    const { octets = 0, inFile, sum } = begin(pages);
    assert.ok(octets > length - 2 * 2 ** 16 && octets < length, `${octets} of ${length}`);
    assert.strictEqual(inFile.length, 1);
    assert.strictEqual(sum, 3);
  });

  await t.test("stays as it is where the file is another", () => {
    const { length } = readFileSync(pages);
    const changes: [string, (file: string) => void][] = [
      ["its beginning", withOctetAt(-length + 100)],
      ["its middle", withOctetAt(-Math.round(length / 2))],
      ["its end", withOctetAt(-(length % 2 ** 16) - 1)],
      ["more at its end", (file) => appendFileSync(file, Buffer.alloc(2 ** 16))],
      ["nothing in it", (file) => truncateSync(file, 0)],
    ];
    for (const [what, change] of changes) {
      assert.deepStrictEqual(begin(other(change)), { octets: 0, inFile: [], sum: 3 }, what);
    }
  });

  await t.test("stays as it is where there is no file", () => {
    const missing = path.join(folder, "missing");
    assert.deepStrictEqual(begin(missing), { error: "ENOENT", inFile: [], sum: 3 });
  });

  await t.test("is not written down of what is no snapshot", () => {
    const junk = path.join(folder, "junk");
    writeFileSync(junk, `junk${process.versions.v8}junk`);
    assert.throws(() => writePages(junk, path.join(folder, "junk.pages")), /has no part for V8/);
  });
});
