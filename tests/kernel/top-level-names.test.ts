/** What a cell declares, all of it exported. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { boundCell, exportNames, topLevelNames } from "../../kernel/compile/top-level-names";

function names(cell: string): string[] {
  return topLevelNames(boundCell(cell)).map(([name]) => name);
}

test("names of every kind, as the reader wrote them", () => {
  const cell =
    'import d, { sep as s } from "node:path"; import * as n from "node:net";\n' +
    "let a, [b] = [1]; function f() {} class C {} enum E {} type T = 1; interface I {} namespace N {}\n" +
    "const __two = 2; { const inner = 1; var outer }";
  assert.deepEqual(names(cell).sort(), [..."CEINTabdfns", "__two", "outer"].sort());
});

test("`declare global` declares no name of the cell", () => {
  assert.deepEqual(names("export {}; declare global { var everywhere: 1 }"), []);
});

test("all names are exported that are not yet", () => {
  assert.equal(exportNames("let a = 1;"), "let a = 1;\nexport {a}");
  assert.equal(exportNames("export let a = 1;"), "export let a = 1;");
  assert.equal(
    exportNames("let a = 1, b = 2; export { a };"),
    "let a = 1, b = 2; export { a };\nexport {b}",
  );
  assert.equal(exportNames("1 + 1"), "1 + 1");
});

test("a default that has a name is exported under it, and the columns stay", () => {
  assert.equal(
    exportNames("export default function f() {}"),
    `${" ".repeat("export default ".length)}function f() {}\nexport {f}`,
  );
  assert.equal(exportNames("export default 5"), "export default 5");
});
