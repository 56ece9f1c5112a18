/** A cell's exports can be written again, also those of imports. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EXPORT_IMPORT } from "../../kernel/compile/compiled";
import { exportImport } from "../../kernel/run/modules";
import { toCommonJS } from "./common-js";

/** The exports of a cell that finds `module` wherever it imports from. */
function exportsOf(cell: string, module: object): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const { code } = toCommonJS(cell);
  new Function("exports", "require", EXPORT_IMPORT, code)(found, () => module, exportImport);
  return found;
}

test("a later cell may replace what a cell exports, also an import", () => {
  const found = exportsOf('import { sep } from "any"; export { sep }; export const own = 1;', {
    sep: "/",
  });
  assert.deepEqual([found.sep, found.own], ["/", 1]);
  for (const name of ["sep", "own"]) {
    found[name] = "anew";
    assert.equal(found[name], "anew");
    found[name] = "and again";
    assert.equal(found[name], "and again");
  }
});

test("an import that is exported is what it is in its module at the time", () => {
  const module = { count: 1 };
  const found = exportsOf('import { count } from "any"; export { count };', module);
  module.count += 1;
  assert.equal(found.count, 2);
});
