/**
 * A network of a test's own: one in which nothing happens but what the test does.
 *
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { PYTHON } from "./python";

const ROOT = join(__dirname, "..", "..", "..");
const IN_NETWORK = join(ROOT, "tools", "network.py");

/** Why this system gives a test no network of its own, or false where it does. */
export function noNetwork(): string | false {
  const { status, stderr } = spawnSync(PYTHON, [IN_NETWORK, "true"], { encoding: "utf8" });
  return status === 0 ? false : stderr.trim();
}

/** Runs a TypeScript program of this folder in a network of its own and gives the JSON that it prints. */
export function runInNetwork<Value>(program: string, ...others: string[]): Value {
  const node = [process.execPath, "--require", "ts-node/register/transpile-only"];
  const command = [IN_NETWORK, ...node, join(__dirname, program), ...others];
  return JSON.parse(execFileSync(PYTHON, command, { encoding: "utf8", cwd: ROOT }));
}
