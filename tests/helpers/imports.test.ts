/** The helpers' modules: at the top what a notebook imports, imports that go one way, and where an interrupt may come. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { createSourceFile, preProcessFile, ScriptTarget } from "typescript";
import { defersInterrupts } from "../../kernel/compile/loop-guard";

const ROOT = join(__dirname, "..", "..");
const HELPERS = join(ROOT, "helpers");

/** What each room may import from the others: a room, or a module of it. posix/ knows of no picture. */
const ARROWS: Record<string, string[]> = {
  posix: ["show/display", "show/quantities", "record/call", "record/record"],
  record: ["posix/arguments", "posix/constants"],
  capture: ["posix", "record/record"],
  show: ["posix", "record", "capture"],
};

/** The helpers that each helper imports, types too, by their names without `.ts`. */
function imports(): Map<string, string[]> {
  const files = readdirSync(HELPERS, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.replace(/\.ts$/, ""));
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(HELPERS, `${file}.ts`), "utf8");
      const found = preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
      const local = found.filter((name) => name.startsWith("."));
      const paths = local.map((name) => posix.join(dirname(file), name));
      return [file, paths.filter((path) => files.includes(path))];
    }),
  );
}

/** What a notebook imports from "../helpers/". */
function importedByNotebooks(): string[] {
  const folder = join(ROOT, "notebooks");
  const notebooks = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
  const text = notebooks.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  return Array.from(text.matchAll(/from \\"\.\.\/helpers\/([\w/-]+)\\"/g), ([, name]) => name);
}

test("at the top is what a notebook imports, and nothing else", () => {
  const top = [...imports().keys()].filter((file) => !file.includes("/"));
  assert.deepEqual(top.sort(), [...new Set(importedByNotebooks())].sort());
});

test("no module imports another that imports it, by any way", () => {
  const all = imports();
  const reached = (from: string, seen = new Set<string>()): Set<string> => {
    for (const next of all.get(from) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      reached(next, seen);
    }
    return seen;
  };
  assert.deepEqual(
    [...all.keys()].filter((file) => reached(file).has(file)),
    [],
  );
});

test("each room imports from those that it may, and none from the top", () => {
  for (const [from, names] of imports()) {
    if (!from.includes("/")) continue;
    const allowed = ARROWS[dirname(from)] ?? [];
    const others = names.filter((name) => dirname(name) !== dirname(from));
    const strange = others.filter(
      (name) => !allowed.some((target) => name === target || dirname(name) === target),
    );
    assert.deepEqual(strange, [], from);
  }
});

test("no interrupt comes between what a module takes from the system and what it gives", () => {
  const files = ["helpers", "interface"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.[jt]sx?$/.test(file))
      .map((file) => join(folder, file)),
  );
  const without = files.filter((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return !defersInterrupts(createSourceFile(file, text, ScriptTarget.ES2022));
  });
  assert.deepEqual(without, [], "begin with the directive of interface/deferred-interrupts.ts");
});
