/**
 * Compiles all helpers of the project, and keeps them for the kernels to come.
 *
 * Usage: node keep-project.js
 */
import { readdirSync } from "node:fs";
import * as path from "node:path";
import { Compiler } from "./compiler";

const ROOT = path.resolve(__dirname, "..", "..", "..");
const HELPERS = path.join(ROOT, "helpers");

const helpers = readdirSync(HELPERS, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".d.ts"),
);
const compiler = new Compiler(path.join(ROOT, "notebooks"));
const cell = helpers.map((file) => `import "../helpers/${file.replace(/\.ts$/, "")}";`).join("\n");
const { errors } = compiler.compile("", cell, "the helpers");
if (errors) console.error(errors.text);
while (compiler.keepHelper());
