/**
 * A program of its own that uses our sockets: for what would disturb the test's, as another user or no descriptor left.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..", "..");

/** What came of it; `lines` is what it has printed. */
export interface Outcome {
  status: number | null;
  lines: string[];
  stderr: string;
}

/**
 * Runs a program from its source, in which `failed(call)` prints what the call throws. `sockets` is helpers/socket, `args`
 * are the arguments.
 *
 * @param through the command that starts it, with arguments of its own, as `["unshare", "-rn"]`
 */
export function run(source: string, args: string[] = [], through: string[] = []): Outcome {
  const whole = `
    const sockets = require("./helpers/socket");
    const args = process.argv.slice(1);
    const failed = async (call) => {
      try { await call(); console.log("it succeeded"); } catch (error) { console.log(error.message); }
    };
    (async () => {${source}})().then(() => process.exit());`;
  const node = [process.execPath, "--require", "ts-node/register/transpile-only", "-e", whole];
  const [command, ...rest] = [...through, ...node, ...args];
  const { status, stdout, stderr, error } = spawnSync(command, rest, {
    encoding: "utf8",
    cwd: ROOT,
  });
  return {
    status,
    lines: (stdout ?? "").trim().split("\n"),
    stderr: stderr || String(error ?? ""),
  };
}
