/**
 * The compiler in one file, with V8's cache of what it has made of it: it loads in a quarter of the time.
 *
 * Set-up makes both. The bundle is named by what it was made from, the cache by the version of Node.js too; where one
 * is missing, or V8 refuses the cache, the kernel goes without.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { Script } from "node:vm";

const BUILD = path.resolve(__dirname, "..", "..");

/** The kernel's sources and its packages. */
const STAMP = path.join(BUILD, "kernel", ".stamp");

const PARAMETERS = ["exports", "require", "module", "__filename", "__dirname"];

/**
 * What Node.js is started with, to make the snapshot and to begin from it: V8 takes only one that was made with the same.
 *
 * New objects get little room before V8 collects them: of a process that many kernels share, most is old. And V8 makes no
 * optimized code: to make it takes longer than even the compiling of all helpers does without.
 */
export const SNAPSHOT_FLAGS = ["--max-semi-space-size=4", "--no-opt", "--no-maglev"];

export interface Bundle {
  module: typeof import("./compiler");
  script: Script;
}

/**
 * Where the bundle of these sources is, V8's cache for this Node.js, the snapshot of a process, in which the paths of this
 * folder are, and what of that V8 reads, as memory has it.
 */
export function bundleFiles(): { code: string; cache: string; snapshot: string; pages: string } {
  const name = path.join(BUILD, "bundle", `compiler-${hash(readFileSync(STAMP))}`);
  const forThisNode = `${name}-${process.version}-${process.arch}`;
  const begun = `${forThisNode}-${hash(BUILD)}`;
  return {
    code: `${name}.js`,
    cache: `${forThisNode}.cache`,
    snapshot: `${begun}.snapshot`,
    pages: `${begun}.pages`,
  };
}

function hash(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 16);
}

/** Undefined where there is no bundle of these sources, or a broken one. */
export function loadBundle(): Bundle | undefined {
  try {
    const { code, cache } = bundleFiles();
    // It is ASCII: so V8 keeps it as one octet a character.
    const text = readFileSync(code, "latin1");
    const script = new Script(`(function (${PARAMETERS.join(", ")}) {${text}\n})`, {
      filename: code,
      cachedData: read(cache),
    });
    // As if it were the plain file, for what is looked up beside that.
    const plain = path.join(__dirname, "compiler.js");
    const module = { exports: {} as Bundle["module"] };
    script.runInThisContext()(module.exports, createRequire(plain), module, plain, __dirname);
    return "Compiler" in module.exports ? { module: module.exports, script } : undefined;
  } catch {
    return undefined;
  }
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
