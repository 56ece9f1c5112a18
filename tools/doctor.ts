/**
 * What `make doctor` can say once the packages are installed: their versions, the browser for the tests, and who holds
 * the ports of the lessons.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { socket } from "../helpers/socket";
import { findInstalledBrowser } from "./browser";

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

/** The lessons' notebooks by the fixed ports that their code names: PORT = 10000, or ["localhost", 10000]. */
function lessonPorts(): Map<number, string[]> {
  const ports = new Map<number, string[]>();
  for (const file of readdirSync(NOTEBOOKS)
    .filter((name) => name.endsWith(".ipynb"))
    .sort()) {
    const { cells } = JSON.parse(readFileSync(join(NOTEBOOKS, file), "utf8")) as {
      cells: { cell_type: string; source: string[] | string }[];
    };
    for (const { cell_type, source } of cells) {
      if (cell_type !== "code") continue;
      for (const [, port] of [source]
        .flat()
        .join("")
        .matchAll(/(?:PORT\w* = |\["[^"]*", )(\d{4,5})\b/g)) {
        ports.set(Number(port), [...new Set([...(ports.get(Number(port)) ?? []), file])]);
      }
    }
  }
  return ports;
}

/** Whether a server could listen on this port now, and if not why: who holds it. */
async function state(port: number): Promise<string> {
  using sock = socket();
  try {
    await sock.bind(["127.0.0.1", port]);
    return "free";
  } catch (error) {
    return (error as Error).message.replace(/^bind .*?: /, "");
  }
}

async function main(): Promise<void> {
  console.log("Packages");
  for (const name of ["typescript", "tslab", "koffi", "zeromq"])
    row(name, nodePackageVersion(name));
  for (const name of ["jupyterlab", "nbclient"]) row(name, pythonPackageVersion(name));
  row("browser", findInstalledBrowser() ?? "no Chrome or Chromium: the tests unpack their own");
  console.log("Ports of the lessons");
  for (const [port, files] of [...lessonPorts()].sort(([a], [b]) => a - b))
    row(port, `${await state(port)} (${files.join(", ")})`);
}

main();
