/**
 * What ts-node runs programs, tools and tests by: TypeScript's own transpiling, whose output is kept by the hash of the
 * text. It is named in tsconfig.json, and is JavaScript, as ts-node needs it before it can run TypeScript.
 *
 * @module
 */
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const ts = require("typescript");

const STORE = join(__dirname, "..", ".build", "transpiled");

/** @type {import("ts-node").TranspilerFactory} */
exports.create = ({ service: { config } }) => {
  /** @type {import("typescript").CompilerOptions} */
  const compilerOptions = {
    ...config.options,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    esModuleInterop: true,
  };
  const conditions = `${ts.version}\n${JSON.stringify(compilerOptions)}`;

  /** @param {string} input @param {{ fileName: string }} options */
  function transpile(input, { fileName }) {
    const hash = createHash("sha256").update(`${conditions}\n${fileName}\n${input}`).digest("hex");
    const place = join(STORE, `${hash.slice(0, 32)}.json`);
    const known = read(place);
    if (known) return known;
    const { outputText, sourceMapText, diagnostics } = ts.transpileModule(input, {
      fileName,
      compilerOptions,
      reportDiagnostics: true,
    });
    // What is typed at a prompt has no file.
    const isFile = existsSync(fileName);
    if (isFile && diagnostics?.length === 0)
      write(place, JSON.stringify({ outputText, sourceMapText }));
    return { outputText, sourceMapText, diagnostics };
  }
  return { transpile };
};

/** @param {string} place */
function read(place) {
  try {
    return JSON.parse(readFileSync(place, "utf8"));
  } catch {
    return undefined;
  }
}

/** Where nothing can be written, each program is transpiled anew. @param {string} place @param {string} text */
function write(place, text) {
  try {
    mkdirSync(STORE, { recursive: true });
    writeFileSync(`${place}.${process.pid}`, text);
    renameSync(`${place}.${process.pid}`, place);
  } catch {}
}
