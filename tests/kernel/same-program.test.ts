/** Cells in the program of the cell before: what is known of the one must not be said of the other. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import type ts from "typescript";

const ROOT = join(__dirname, "..", "..");
const COMPILED = join(ROOT, ".build", "kernel", "compile");
const NOTEBOOKS = join(ROOT, "notebooks");

const { Compiler } = require(
  join(COMPILED, "compiler.js"),
) as typeof import("../../kernel/compile/compiler");
const { createConverter } = require(
  join(COMPILED, "typescript-for-tslab.js"),
) as typeof import("../../kernel/compile/typescript-for-tslab");
const { readerOptions } = require(
  join(COMPILED, "reader-options.js"),
) as typeof import("../../kernel/compile/reader-options");

let compiler: InstanceType<typeof Compiler>;
let declarations: string;

beforeEach(() => {
  compiler = new Compiler(NOTEBOOKS);
  declarations = "";
});

/** The code of a cell that comes after those before it, or why it cannot run. */
function compile(code: string): string {
  const cell = compiler.compile(declarations, code, "cell [1]");
  declarations = cell.declarations ?? declarations;
  return cell.errors?.first ?? cell.module?.code ?? "";
}

/** In how many programs the cells are checked. */
function programsOf(cells: string[]): number {
  return new Set(eachProgram(cells)).size;
}

/** What `look` sees in the program of each cell. */
function eachProgram<T = ts.Program>(
  cells: string[],
  look: (program: ts.Program) => T = (program) => program as T,
): T[] {
  const seen: T[] = [];
  const { options } = readerOptions(NOTEBOOKS);
  const { converter } = createConverter(NOTEBOOKS, options, {
    transformers: () => [],
    diagnose: (program, files) => {
      seen.push(look(program));
      return files.flatMap((file) => program.getSemanticDiagnostics(file));
    },
    emitHelpers: () => {},
    detachMap: (code) => code,
  });
  let declared = "";
  for (const cell of cells) declared = converter.convert(declared, cell).declOutput ?? declared;
  return seen;
}

const IMPORTS = 'import { join } from "node:path"';

test("a cell that imports nothing is checked in the program of the cell before", () => {
  assert.equal(programsOf(["const a = 1", "let b = a", "a + b"]), 1);
  // What it has declared, the next one imports.
  assert.equal(programsOf(["1", IMPORTS, "join", "join('a')", "const c = join"]), 3);
  assert.equal(programsOf(["1", IMPORTS, IMPORTS, "join", "join('a')"]), 4);
});

test("a program has no more of cells than it can keep in memory", () => {
  const short = Array.from({ length: 50 }, (_, n) => String(n));
  assert.equal(programsOf(short), 3);
  const long = short.slice(0, 10).map((n) => `${n} /* ${"long ".repeat(40_000)} */`);
  assert.equal(programsOf(long), 5);
});

test("a cell has a program of its own after what may have left something with the one before", () => {
  assert.equal(programsOf(["1", "const a: string = 1", "2", "3"]), 2);
  assert.equal(programsOf(["1", "// @ts-ignore\nconst a: string = 1", "2", "3"]), 2);
  assert.equal(programsOf(["1", "declare global { var g: number }\n2", "3", "4"]), 4);
});

test("what the cells before have declared is read once, until one declares it anew", () => {
  const earlier = (program: ts.Program) => program.getSourceFile(join(NOTEBOOKS, "__prev__.d.ts"));
  const read = (cells: string[]) => new Set(eachProgram(cells, earlier)).size;
  assert.equal(read(["const a = 1", "let b = a", "class C {}", "new C()"]), 1);
  assert.equal(read(["const a = 1", "let b = a", "let a = 2", "a"]), 2);
  assert.equal(read(["const a = 1", "type a = 1", "2", "3"]), 2);
});

test("what has been read piece by piece is as if it were read at once", () => {
  const cells = [
    "class One { #own = 1; same(other: One) { return this.#own === other.#own } }",
    "/** The first. */ const one = new One(); const two = new One()",
    "type Two = ReturnType<typeof one.same>; interface Three { two: Two }",
    "enum Four { five }\nfunction six(n: number): string; function six(n: string): number;",
    "function six(n: any): any { return n }",
  ];
  for (const cell of [...cells.slice(0, 3), cells.slice(3).join("")]) compile(cell);
  assert.match(compile("one.same(two)"), /exports\.one\.same\(exports\.two\)/);
  assert.match(
    compile("const three: Three = { two: true }; Four.five; six(1).trim()"),
    /lastValue/,
  );
  // TypeScript shows the place of what may be meant.
  const { errors } = compiler.compile(declarations, "thre", "cell [1]");
  const [, before, marker] = errors?.text.match(/^( *\d+ declare const )three.*\n( +)~{5}$/m) ?? [];
  assert.ok(before);
  assert.equal(marker.length, before.length);
  assert.match(compile("six(true)"), /No overload/);
  assert.match(compile("class One {}\none.same(new One())"), /TS2345|TS2741/);
});

test("an error is told in whichever cell of a program it is", () => {
  for (const before of [1, 2, 19, 20, 21, 39]) {
    compiler = new Compiler(NOTEBOOKS);
    for (let cell = 0; cell < before; cell++) assert.match(compile(String(cell)), /lastValue/);
    assert.match(compile("undeclared"), /not declared yet/);
    assert.match(compile("undeclared"), /not declared yet/);
    assert.match(compile("1"), /lastValue/);
  }
});

test("a cell may import once more what the cell before has imported", () => {
  for (const name of ["one", "two", "three"]) {
    assert.match(compile(`import { join as ${name} } from "node:path"; ${name}("a")`), /lastValue/);
  }
  assert.match(compile("one(two('a'), three('b'))"), /lastValue/);
});

test("the type of a variable may be one that an earlier cell has imported", () => {
  for (const cell of [1, 2]) {
    assert.match(
      compile('import { socket } from "../helpers/socket"; socket'),
      /lastValue/,
      `${cell}`,
    );
  }
  assert.match(compile("const one = socket()"), /exports\.one/);
  assert.match(declarations, /one: import\("\.\.\/helpers\/socket"\)\.Socket/);
  assert.match(compile("one.close"), /exports\.one\.close/);
});

test("a variable is still assigned what comes late, and declared to later cells", () => {
  assert.match(compile("1"), /lastValue/);
  assert.match(compile("let late = 1; setTimeout(() => { late = 2 })"), /exports\.late = 2/);
  assert.match(compile("late"), /exports\.late/);
});

test("what was only looked at leaves no error", () => {
  compile("const text = 'a'");
  for (let look = 0; look < 3; look++) {
    assert.ok(
      JSON.stringify(compiler.complete(declarations, "text.nothing; text.", 19)).includes("trim"),
    );
    compiler.inspect(declarations, "text.nothing", 6);
    assert.match(compile("text"), /lastValue/);
  }
});
