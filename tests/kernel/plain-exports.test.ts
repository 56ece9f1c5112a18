/** A cell's exports can be written again, also those of imports. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cellToCommonJS } from "../../kernel/compile/transpile";

test("an import that is exported is a plain property, which a later cell may replace", () => {
  const { code } = cellToCommonJS(
    'import { sep } from "node:path"; export { sep }; export const own = 1;',
  );
  const found: Record<string, unknown> = {};
  new Function("exports", "require", code)(found, require);
  for (const name of ["sep", "own"]) {
    const { writable, get } = Object.getOwnPropertyDescriptor(found, name) ?? {};
    assert.deepEqual([writable, get], [true, undefined], name);
  }
  assert.equal(found.sep, "/");
});
