/** The rooms of kernel/: which imports which, and that nothing imports itself by a detour. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import * as ts from "typescript";

const KERNEL = join(__dirname, "..", "..", "kernel");

/** For each room that may import others, which; `.` is the top, where the threads meet. */
const ARROWS: Record<string, string[]> = {
  run: [
    "messaging/message.ts",
    "compile/client.ts",
    "compile/compiled.ts",
    "remote.ts",
    "threads.ts",
  ],
  messaging: ["compile/client.ts", "remote.ts", "threads.ts"],
  compile: ["heap.ts", "lines.ts", "remote.ts"],
};

const files = readdirSync(KERNEL, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".d.ts"),
);

/** By a file, the files of the kernel that it imports; paths are relative to it. */
const imports = new Map(
  files.map((file) => {
    const { importedFiles } = ts.preProcessFile(ts.sys.readFile(join(KERNEL, file)) ?? "");
    const found = importedFiles
      .filter(({ fileName }) => fileName.startsWith("."))
      .map(({ fileName }) => relative(KERNEL, join(KERNEL, dirname(file), `${fileName}.ts`)))
      .filter((imported) => !imported.startsWith(".."));
    return [file, found];
  }),
);

test("every import is of a file that is there", () => {
  for (const [file, found] of imports) {
    for (const imported of found) assert(imports.has(imported), `${file} imports ${imported}`);
  }
});

test("the arrows between the rooms go one way", () => {
  for (const [file, found] of imports) {
    const room = dirname(file);
    const allowed = ARROWS[room];
    if (!allowed) continue;
    for (const imported of found) {
      const isAllowed = [room, ...allowed].some(
        (target) => imported === target || dirname(imported) === target,
      );
      assert(isAllowed, `${file} imports ${imported}`);
    }
  }
});

test("no file imports itself by a detour", () => {
  const visit = (file: string, path: string[]): void => {
    assert(!path.includes(file), [...path, file].join(" → "));
    for (const imported of imports.get(file) ?? []) visit(imported, [...path, file]);
  };
  for (const file of files) visit(file, []);
});
