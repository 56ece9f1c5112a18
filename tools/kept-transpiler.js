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
  // Where the options stand is no condition: a reader's folder has a link to them.
  const { configFilePath, rootDir, ...meant } = compilerOptions;
  const conditions = `${ts.version}\n${JSON.stringify(meant)}`;

  /** @param {string} input @param {{ fileName: string }} options */
  function transpile(input, { fileName }) {
    const hash = createHash("sha256").update(`${conditions}\n${fileName}\n${input}`).digest("hex");
    const place = join(STORE, `${hash.slice(0, 32)}.json`);
    const known = read(place);
    if (known) return known;
    const transpiled = ts.transpileModule(input, {
      fileName,
      compilerOptions,
      reportDiagnostics: true,
    });
    const { sourceMapText, diagnostics } = transpiled;
    // What is typed at a prompt has no file.
    const isFile = existsSync(fileName);
    const isWaiting =
      isFile && awaits(ts.createSourceFile(fileName, input, ts.ScriptTarget.Latest));
    const outputText = isWaiting ? waiting(transpiled.outputText) : transpiled.outputText;
    if (isFile && diagnostics?.length === 0)
      write(place, JSON.stringify({ outputText, sourceMapText }));
    return { outputText, sourceMapText, diagnostics };
  }
  return { transpile };
};

/** Whether the code itself, and not a function in it, awaits something. @param {ts.Node} node @returns {boolean} */
function awaits(node) {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true;
  return ts.forEachChild(node, awaits) ?? false;
}

/** A program that awaits at top level, as the script of a notebook does, and CommonJS cannot. @param {string} code */
function waiting(code) {
  const [text, map = ""] = code.split(/(?=^\/\/# sourceMappingURL=)/m);
  return `(async () => { ${text}\n})();\n${map}`;
}

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
