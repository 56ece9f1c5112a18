/**
 * A network of a test's own: one in which nothing happens but what the test does.
 *
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..", "..");
const OWN_NETWORK = ["--user", "--map-current-user", "--keep-caps", "--net", "--"];
const IN_NETWORK = ["unshare", ...OWN_NETWORK, "sh", "-c", 'ip link set lo up && exec "$@"', "-"];

/** Why this system gives a test no network of its own, or false where it does. */
export function noNetwork(): string | false {
  const [command, ...others] = [...IN_NETWORK, "true"];
  const { status, error, stderr } = spawnSync(command, others, { encoding: "utf8" });
  return status === 0 ? false : `no network of its own here: ${error?.message ?? stderr.trim()}`;
}

/** Runs a TypeScript program of this folder in a network of its own and gives the JSON that it prints. */
export function runInNetwork<Value>(program: string, ...others: string[]): Value {
  const node = [process.execPath, "--require", "ts-node/register/transpile-only"];
  const [command, ...rest] = [...IN_NETWORK, ...node, join(__dirname, program), ...others];
  return JSON.parse(execFileSync(command, rest, { encoding: "utf8", cwd: ROOT }));
}
