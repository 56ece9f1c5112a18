/** What set-up has a compiler do before it writes down what V8 has made of it. */
import * as path from "node:path";
import type { Compiler } from "./compiler";

const FOLDER = path.resolve(__dirname, "..", "..", "..", "notebooks");

const CELLS = [
  "1 + 1",
  'import { socket } from "../helpers/socket";\nimport { $ } from "zx";\nvoid $;',
  "const sock = socket(2, 1, 0);\nfor (const name of [1]) console.log(name);\nsock",
  "async function f(): Promise<number> { return 1 }\nclass A { #x = 1 }\nawait f()",
];

/** Compiles the first cells of a lesson; the compiler. */
export function warmUp(Warm: typeof Compiler): Compiler {
  const compiler = new Warm(FOLDER);
  let declared = "";
  for (const cell of CELLS)
    declared = compiler.compile(declared, cell, "cell").declarations ?? declared;
  compiler.isComplete("1 + 1");
  return compiler;
}
