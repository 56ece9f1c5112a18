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
  return printed<Value>(PYTHON, commandFor(program, others));
}

/** The same as a user who is not root, which the tests may be: in a user namespace, with another number and no rights. */
export function runInNetworkOfUser<Value>(program: string, ...others: string[]): Value {
  const user = ["--user", "--map-user=1000", "--map-group=1000", "--", PYTHON];
  return printed<Value>("unshare", [...user, ...commandFor(program, others)]);
}

function commandFor(program: string, others: string[]): string[] {
  const node = [process.execPath, "--require", "ts-node/register/transpile-only"];
  return [IN_NETWORK, ...node, join(__dirname, program), ...others];
}

function printed<Value>(command: string, others: string[]): Value {
  return JSON.parse(execFileSync(command, others, { encoding: "utf8", cwd: ROOT }));
}
