/**
 * Writes V8's cache for the bundle: of all that the first cells of a lesson need.
 *
 * Usage: node bundle-cache.js
 */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { keepHeapsSmall } from "../heap";
import { bundleFiles, loadBundle } from "./bundle";

const FOLDER = path.resolve(__dirname, "..", "..", "..", "notebooks");

const CELLS = [
  "1 + 1",
  'import { socket } from "../helpers/socket";\nimport { $ } from "zx";\nvoid $;',
  "const sock = socket(2, 1, 0);\nfor (const name of [1]) console.log(name);\nsock",
  "async function f(): Promise<number> { return 1 }\nclass A { #x = 1 }\nawait f()",
];

keepHeapsSmall();
const bundle = loadBundle();
if (bundle) {
  const compiler = new bundle.module.Compiler(FOLDER);
  for (const cell of CELLS) compiler.compile(cell, "cell");
  compiler.complete("console.l", 9);
  compiler.isComplete("1 + 1");
  writeFileSync(bundleFiles().cache, bundle.script.createCachedData());
}
