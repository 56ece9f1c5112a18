/**
 * For a program that is not a notebook: a network of its own, with a second machine in it (helpers/network).
 *
 * The machine that you sit at is not touched: a program that wants a second one moves into a network of its own first.
 * Both networks end with it, however it ends.
 *
 * @module
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type Machine, machine } from "../helpers/network";
import { readArguments, report, run } from "./command-line";

/** The addresses of the two: those that RFC 5737 keeps free for examples. */
const NEAR = "192.0.2.1";
const FAR = "192.0.2.2";

/** Where the cable ends, on the other machine. */
const ETHERNET = "02:00:00:00:00:02";

/** Tried beforehand, so that who may not have a cable is told. */
const CABLE = "link add near type veth peer name far".split(" ");

/** The argument by which a program knows that it is in a network of its own. */
const INSIDE = "--in-a-network-of-its-own";

/** Who may not have a network as they are may still have one in which they seem to be root; see unshare(1). */
const WAYS = [
  ["--net", "--fork", "--kill-child"],
  ["--net", "--fork", "--kill-child", "--user", "--map-root-user"],
];

/**
 * Runs a program in a network of its own, in which there is nothing yet. For that it is started again, as another
 * process. Where the system does not allow it, its words are reported, and the status is 1. It takes no arguments.
 */
export function runInNetworkOfItsOwn(main: () => Promise<void>): void {
  if (!process.argv.includes(INSIDE)) {
    readArguments("");
    run(startAgain);
    return;
  }
  // Standard input ends when the process that has started this one does, even by kill -9.
  process.stdin.once("end", () => process.exit(1)).resume();
  main()
    .catch((error) => {
      report(error);
      process.exitCode = 1;
    })
    .finally(() => process.exit());
}

async function startAgain(): Promise<void> {
  const typescript = ["--require", require.resolve("ts-node/register/transpile-only")];
  const again = [process.execPath, ...typescript, ...process.argv.slice(1), INSIDE];
  const inside = spawn("unshare", [...allowedWay(), ...again], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const [status] = await once(inside, "exit");
  process.exitCode = status ?? 1;
}

function allowedWay(): string[] {
  const problems = WAYS.map((way) => {
    const { error, status, stderr } = spawnSync("unshare", [...way, "ip", ...CABLE]);
    return error?.message ?? (status === 0 ? undefined : stderr.toString().trim());
  });
  const allowed = WAYS[problems.indexOf(undefined)];
  if (!allowed) throw new Error(`this system allows no network of its own: ${problems.at(-1)}`);
  return allowed;
}

/** The other machine, joined to this one, which must be in a network of its own. */
export function farMachine(): Promise<Machine> {
  return machine("far", async (pid, name) => {
    const peer = `peer name ${name} address ${ETHERNET} netns ${pid}`;
    ip(`link add near type veth ${peer}`);
    ip(`address add ${NEAR}/30 dev near`);
    ip("link set near up");
    // As if a router stood between: it goes on taking what is sent, whether or not somebody is there to get it.
    ip(`neighbour add ${FAR} lladdr ${ETHERNET} dev near nud permanent`);
    return [NEAR, FAR];
  });
}

function ip(words: string): void {
  execFileSync("ip", words.split(" "));
}
