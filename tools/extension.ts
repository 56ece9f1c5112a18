/**
 * Builds the extension of JupyterLab in extension/, into the folder that is given: one file, which takes from the page
 * what it shares with JupyterLab.
 *
 * @module
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { SHARED } from "../extension/shared-modules";

const REPOSITORY = resolve(__dirname, "..");
const SOURCE = join(REPOSITORY, "extension");

const sharedModules: Plugin = {
  name: "shared modules",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${SHARED.join("|")})$`) }, ({ path }) => ({
      path,
      namespace: "shared",
    }));
    onLoad({ filter: /./, namespace: "shared" }, ({ path }) => ({
      contents: `module.exports = require("./shared-modules").shared(${JSON.stringify(path)});`,
      resolveDir: SOURCE,
    }));
  },
};

async function main(folder: string | undefined): Promise<void> {
  if (folder === undefined) {
    console.error("usage: extension.ts FOLDER");
    process.exit(2);
  }
  const { name, version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [join(SOURCE, "container.ts")],
    outdir: join(folder, "static"),
    // A browser keeps a file for as long as its name is the same.
    entryNames: "[name].[hash]",
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: true,
    legalComments: "none",
    define: { NAME: JSON.stringify(name) },
    loader: { ".svg": "text" },
    logLevel: "error",
    metafile: true,
    plugins: [sharedModules],
  });
  const [file] = Object.keys(metafile.outputs);
  const schemas = join(folder, "schemas", name);
  mkdirSync(schemas, { recursive: true });
  copyFileSync(join(SOURCE, "lessons.json"), join(schemas, "lessons.json"));
  const load = `static/${basename(file)}`;
  const jupyterlab = { extension: true, _build: { load, extension: "./extension" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version, jupyterlab }));
}

main(process.argv[2]);
