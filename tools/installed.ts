/**
 * What `make doctor` can say once the packages are installed: their versions, the browser for the tests, and who holds
 * the ports of the lessons.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findInstalledBrowser } from "./browser";
import { lessonPorts, obstacle } from "./ports";

const REPOSITORY = resolve(__dirname, "..");
const NOTEBOOKS = join(REPOSITORY, "notebooks");

function row(name: string | number, text: string): void {
  console.log(`  ${String(name).padEnd(14)}${text}`);
}

function nodePackageVersion(name: string): string {
  const file = join(REPOSITORY, "node_modules", name, "package.json");
  return JSON.parse(readFileSync(file, "utf8")).version;
}

function pythonPackageVersion(name: string): string {
  const program = `from importlib.metadata import version; print(version("${name}"))`;
  const python = join(REPOSITORY, ".venv/bin/python");
  return execFileSync(python, ["-c", program], { encoding: "utf8" }).trim();
}

async function main(): Promise<void> {
  console.log("Packages");
  for (const name of ["typescript", "tslab", "koffi", "zeromq"])
    row(name, nodePackageVersion(name));
  for (const name of ["jupyterlab", "nbclient"]) row(name, pythonPackageVersion(name));
  row("browser", findInstalledBrowser() ?? "no Chrome or Chromium: the tests unpack their own");
  console.log("Ports of the lessons");
  const notebooks = readdirSync(NOTEBOOKS).filter((name) => name.endsWith(".ipynb"));
  const ports = lessonPorts(notebooks.sort().map((name) => join(NOTEBOOKS, name)));
  for (const [port, files] of [...ports].sort(([a], [b]) => a - b))
    row(port, `${(await obstacle(port)) ?? "free"} (${files.join(", ")})`);
}

main();
