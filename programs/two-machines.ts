/**
 * A second machine, joined to this one by a cable that can be pulled out: two network namespaces and a veth(4) pair,
 * see network_namespaces(7).
 *
 * The machine that you sit at is not touched: a program that wants a second one moves into a network of its own first.
 * Both networks end with it, however it ends.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { readArguments, report, run } from "./command-line";

/** The addresses of the two: those that RFC 5737 keeps free for examples. */
export const NEAR = "192.0.2.1";
export const FAR = "192.0.2.2";

const CABLE = "link add near type veth peer name far address 02:00:00:00:00:02".split(" ");

/** The argument by which a program knows that it is in a network of its own. */
const INSIDE = "--in-a-network-of-its-own";

/** Who may not have a network as they are may still have one in which they seem to be root; see unshare(1). */
const WAYS = [
  ["--net", "--pid", "--fork", "--kill-child"],
  ["--net", "--pid", "--fork", "--kill-child", "--user", "--map-root-user"],
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

/** The machine at FAR. */
export class FarMachine {
  readonly #shell: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor() {
    this.#shell = spawn("unshare", ["--net", "sh"], { stdio: ["pipe", "pipe", "inherit"] });
    const { stdout } = this.#shell;
    if (stdout === null) throw new Error("there is no pipe");
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** Sets the machine up and joins it to this one, which must be in a network of its own. */
  static async start(): Promise<FarMachine> {
    ip(...CABLE);
    const machine = new FarMachine();
    await machine.tell("");
    ip("link", "set", "far", "netns", String(machine.#shell.pid));
    ip("addr", "add", `${NEAR}/24`, "dev", "near");
    ip("link", "set", "near", "up");
    // As if a router stood between: it goes on taking what is sent, whether or not somebody is there to get it.
    ip(..."neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev near nud permanent".split(" "));
    await machine.tell(`ip addr add ${FAR}/24 dev far`);
    await machine.plugIn();
    return machine;
  }

  /** Has the machine's shell do something, and waits until it has; what ends with `&` goes on there. */
  async tell(command: string): Promise<void> {
    this.#shell.stdin?.write(`${command}\necho done\n`);
    const { value } = await this.#lines.next();
    if (value !== "done") throw new Error(`the other machine says ${value} to: ${command}`);
  }

  plugIn(): Promise<void> {
    return this.tell("ip link set far up");
  }

  /** What is sent from now on is lost, and neither side is told. */
  unplug(): Promise<void> {
    return this.tell("ip link set far down");
  }
}

function ip(...words: string[]): void {
  execFileSync("ip", words);
}
