/** Namespaces and ambient blocks of earlier cells, which tslab would forget after one more cell. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { earlierBlocks } from "../../kernel/compile/module-blocks";
import { boundCell, topLevelNames } from "../../kernel/compile/top-level-names";

function after(declarations: string, cell: string): { declarations: string; kept: string } {
  const { declarations: left, kept } = earlierBlocks(declarations, () => {
    const file = boundCell(cell);
    return { file, names: topLevelNames(file).map(([name]) => name) };
  });
  return { declarations: left.trim(), kept: kept.trim() };
}

test("where no block was declared the cell is not read", () => {
  const declarations = "declare const x: number;";
  const unread = () => assert.fail("it was read");
  assert.deepEqual(earlierBlocks(declarations, unread), { declarations, kept: "" });
});

test("a namespace stays until its name is declared anew", () => {
  const space = "declare namespace Space { const pi: 3; }";
  assert.deepEqual(after(space, "1"), { declarations: space, kept: space });
  for (const cell of ["const Space = 1", "namespace Space { export const e = 2 }"]) {
    assert.deepEqual(after(space, cell), { declarations: "", kept: "" }, cell);
  }
});

test("a global block stays until one of its names is declared globally anew", () => {
  const block = "declare global { var known: number; }";
  assert.equal(after(block, "const known = 1").kept, block);
  assert.equal(after(block, "declare global { var other: number }").kept, block);
  assert.equal(after(block, "declare global { var known: string }").kept, "");
});

test("what is no block is kept by tslab itself", () => {
  const { declarations, kept } = after("declare const x: 1;\ndeclare namespace N {}", "1");
  assert.match(declarations, /const x[\s\S]*namespace N/);
  assert.equal(kept, "declare namespace N {}");
});
