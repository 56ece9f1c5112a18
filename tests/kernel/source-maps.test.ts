/** The way back from code that was made in two passes to what the reader wrote. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as ts from "typescript";
import { detachSourceMap } from "../../kernel/compile/transpile";
import { type Position, SourceMaps } from "../../kernel/run/source-maps";
import { toCommonJS } from "./common-js";

const CELL = `interface Gone {
  lines: string;
}
import { sep } from "node:path";
const generic = <T,>(value: T): T => value;   throw new Error(sep);
export { sep };
`;

/** Two passes: the types are taken away, then the module becomes CommonJS. */
function compile(cell: string): { code: string; maps: string[] } {
  const { outputText } = ts.transpileModule(cell, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      inlineSourceMap: true,
    },
  });
  const [esModule, first] = detachSourceMap(outputText);
  const { code, map } = toCommonJS(esModule);
  return { code, maps: [map, first] };
}

function positionOf(text: string, code: string): Position {
  const before = code.slice(0, code.indexOf(text)).split("\n");
  return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
}

test("a position goes back through both passes", () => {
  const { code, maps } = compile(CELL);
  assert.equal(maps.length, 2);
  const made = positionOf("new Error", code);
  assert.notDeepEqual(made, positionOf("new Error", CELL));
  assert.deepEqual(new SourceMaps(maps).original(made), positionOf("new Error", CELL));
});

test("through one of them it does not come back, and in the other order neither", () => {
  const { code, maps } = compile(CELL);
  const made = positionOf("new Error", code);
  for (const wrong of [[maps[0]], [maps[1]], [...maps].reverse()]) {
    assert.notDeepEqual(new SourceMaps(wrong).original(made), positionOf("new Error", CELL));
  }
});

test("the map's comment is not part of the code", () => {
  assert.equal(compile(CELL).code.includes("sourceMappingURL"), false);
});

test("code without a map is what the reader wrote, and what a map does not know came from nowhere", () => {
  const position = { line: 3, column: 4 };
  assert.deepEqual(new SourceMaps([]).original(position), position);
  const empty = JSON.stringify({ version: 3, sources: [], names: [], mappings: "" });
  assert.equal(new SourceMaps([empty]).original(position), undefined);
});
