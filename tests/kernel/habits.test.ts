/** Commands of shells and of IPython are told from TypeScript, and answered by what to write here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { insteadOf } from "../../kernel/compile/habits";

const ANSWERS: [string, string][] = [
  ["!ls", "await $`ls`"],
  ["!ls -l ./data | wc", "await $`ls -l ./data | wc`"],
  ["  !!date;", "await $`date`"],
  ["ls -l", "await $`ls -l`"],
  ["git status", "await $`git status`"],
  ["cd ../helpers", 'process.chdir("../helpers")'],
  ["%cd ../helpers", 'process.chdir("../helpers")'],
  ["%timeit f(1)", "console.time"],
  ["%%time", "console.time"],
  ["%%bash", "await $"],
  ["%env PATH", "process.env"],
  ["%%html", "tslab"],
  ["%matplotlib inline", "IPython"],
  ["%constructor", "IPython"],
  ["npm install x", "terminal"],
  ["npx cowsay", "terminal"],
  ["pip install numpy", "terminal"],
  ["%pip install numpy", "terminal"],
  ["?sock.bind", "Shift-Tab"],
  ["sock.bind?", "Shift-Tab"],
  ["sock??", "Shift-Tab"],
];

for (const [line, answer] of ANSWERS) {
  test(line, () => {
    const instead = insteadOf(line) ?? "";
    assert.ok(instead.includes(answer), instead);
    assert.doesNotMatch(instead, /\n/);
  });
}

test("what is TypeScript, or nearly, is left to TypeScript", () => {
  for (const line of [
    ...[
      "",
      "!",
      "!(a && b)",
      "a % b",
      "% 5",
      "x ? y : z",
      "const ls = 1",
      "ls.forEach(f)",
      "lsof -i",
    ],
    ...["make(x)", "cat = 5", "node.next", "npm", "a?.b", "echo(1)", "cd(1)", "// npm install x"],
  ]) {
    assert.equal(insteadOf(line), undefined, line);
  }
});
