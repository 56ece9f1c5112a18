/**
 * Puts the compiled compiler of the kernel, tslab's converter and TypeScript into one file, and has V8's cache made of
 * it, and a snapshot of a process that has loaded it.
 *
 * TypeScript gets a seam on the way: it asks the program for modules that nobody has imported yet, so that Node's
 * declarations need not all be read beforehand. Each place is looked for and must be there once.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

const COMPILED = join(__dirname, "..", ".build", "kernel", "compile");

/** What is put into typescript.js, behind or in the place of what is there. */
const SEAMS: [string, string][] = [
  [
    "function createTypeChecker(host) {",
    `function createTypeChecker(host) {
  const lateFiles = new Set();
  function addLateModules(name) {
    for (const file of host.lateModules ? host.lateModules(name) : []) {
      if (lateFiles.has(file)) continue;
      lateFiles.add(file);
      mergeSymbolTable(globals, file.locals);
    }
  }`,
  ],
  [
    `    const symbol = getSymbol2(globals, '"' + moduleName + '"', 512 /* ValueModule */);
    return symbol && withAugmentations`,
    `    addLateModules(moduleName);
    const symbol = getSymbol2(globals, '"' + moduleName + '"', 512 /* ValueModule */);
    return symbol && withAugmentations`,
  ],
  [
    `    if (!ambientModulesCache) {
      ambientModulesCache = [];`,
    `    if (!ambientModulesCache) {
      addLateModules(undefined);
      ambientModulesCache = [];`,
  ],
  [
    "module.exports = __toCommonJS(typescript_exports);",
    `module.exports = __toCommonJS(typescript_exports);
module.exports.asksForLateModules = true;`,
  ],
];

function withSeams(text: string): string {
  return SEAMS.reduce((result, [before, after]) => {
    const parts = result.split(before);
    if (parts.length !== 2)
      throw new Error(`typescript.js has changed: ${before} is there ${parts.length - 1} times`);
    return parts.join(after);
  }, text);
}

const FORK = "@tslab/typescript-for-tslab";

const own: Plugin = {
  name: "own",
  setup(build) {
    build.onLoad({ filter: /typescript[\\/]lib[\\/]typescript\.js$/ }, ({ path }) => ({
      contents: withSeams(readFileSync(path, "utf8")),
    }));
    // The converter is loaded when its TypeScript is there.
    build.onLoad({ filter: /compile[\\/]load-converter\.js$/ }, () => ({
      contents: `exports.loadConverter = (typescript) => {
        require("${FORK}").typescript = typescript;
        return require("tslab/dist/converter");
      };`,
    }));
    build.onResolve({ filter: new RegExp(`^${FORK}$`) }, ({ importer }) => ({
      path: /tslab[\\/]dist/.test(importer) ? "held" : "holder",
      namespace: "fork",
    }));
    build.onLoad({ filter: /^holder$/, namespace: "fork" }, () => ({
      contents: "exports.typescript = undefined;",
    }));
    build.onLoad({ filter: /^held$/, namespace: "fork" }, () => ({
      contents: `module.exports = require("${FORK}").typescript;`,
    }));
  },
};

const HOW: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node20",
  minify: true,
  legalComments: "none",
  logLevel: "error",
  plugins: [own],
};

async function main(): Promise<void> {
  // As compiled: it looks for its files from its own place.
  const { bundleFiles, SNAPSHOT_FLAGS } = require(
    join(COMPILED, "bundle.js"),
  ) as typeof import("../kernel/compile/bundle");
  const { writePages } = require(
    join(COMPILED, "snapshot-memory.js"),
  ) as typeof import("../kernel/compile/snapshot-memory");
  const { code, snapshot, pages } = bundleFiles();
  await build({ ...HOW, entryPoints: [join(COMPILED, "compiler.js")], outfile: code });
  execFileSync(process.execPath, [join(COMPILED, "bundle-cache.js")], { stdio: "inherit" });
  await makeSnapshot(snapshot, SNAPSHOT_FLAGS);
  try {
    writePages(snapshot, pages);
  } catch (error) {
    console.error(`make setup: kernels take 20 MB more: ${error}`);
  }
}

async function makeSnapshot(file: string, flags: readonly string[]): Promise<void> {
  const program = `${file}.js`;
  await build({
    ...HOW,
    entryPoints: [join(COMPILED, "process.js")],
    outfile: program,
    format: "iife",
    define: { __dirname: JSON.stringify(COMPILED) },
  });
  // It warns that not all modules of Node.js are known to work in a snapshot; the tests know of those that we use.
  const how = ["--no-warnings", ...flags, "--snapshot-blob", file, "--build-snapshot", program];
  execFileSync(process.execPath, how, { stdio: "inherit" });
  rmSync(program);
}

main();
