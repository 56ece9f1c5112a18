/** Files that are looked at: whoever watches one is told of its changes, until the watch is closed. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FileWatcherEventKind } from "typescript";
import { WatchedFiles } from "../../kernel/compile/watched-files";

const folder = mkdtempSync(join(tmpdir(), "watched-"));
after(() => rmSync(folder, { recursive: true }));

test("a file comes, changes and goes", () => {
  const watched = new WatchedFiles();
  const file = join(folder, "comes.ts");
  const seen: FileWatcherEventKind[] = [];
  watched.watch(file, (_, kind) => seen.push(kind));
  assert.equal(watched.refresh(), false);
  writeFileSync(file, "1");
  assert.equal(watched.refresh(), true);
  assert.equal(watched.refresh(), false);
  writeFileSync(file, "22");
  assert.equal(watched.refresh(), true);
  rmSync(file);
  assert.equal(watched.refresh(), true);
  assert.deepEqual(seen, [
    FileWatcherEventKind.Created,
    FileWatcherEventKind.Changed,
    FileWatcherEventKind.Deleted,
  ]);
});

test("a watch that was closed takes no other one of the same file with it", () => {
  const watched = new WatchedFiles();
  const file = join(folder, "twice.ts");
  const told: string[] = [];
  const first = watched.watch(file, () => told.push("first"));
  watched.watch(file, () => told.push("second"));
  first.close();
  const third = watched.watch(file, () => told.push("third"));
  writeFileSync(file, "1");
  watched.refresh();
  assert.deepEqual(told.splice(0), ["second", "third"]);
  third.close();
  writeFileSync(file, "22");
  watched.refresh();
  assert.deepEqual(told, ["second"]);
});

test("what is installed is not looked at", () => {
  const watched = new WatchedFiles();
  const installed = join(folder, "node_modules", "installed.ts");
  mkdirSync(join(folder, "node_modules"));
  watched.watch(installed, () => assert.fail("it was looked at"));
  writeFileSync(installed, "1");
  assert.equal(watched.refresh(), false);
});
