/**
 * A second machine, joined to the network of the notebook by a cable that can be pulled out: `await network("far")`. It
 * is a network namespace, see network_namespaces(7), with an address, a shell and sockets of its own. Linux only.
 *
 * @module
 */

"use deferred interrupts";

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { currentCell } from "../interface/cell";
import { AF_INET, SOCK_STREAM } from "./posix/constants";
import { Descriptor } from "./posix/descriptor";
import { Socket } from "./posix/socket-class";

const execute = promisify(execFile);

/** Who has no rights to a network may still have one as the user that they are; all in it ends with its first process. */
const OWN = "--user --map-current-user --keep-caps --net --pid --fork --kill-child --".split(" ");

/**
 * The first process there: makes a socket for each line, from family, type and protocol, prints its number, and closes
 * its own descriptor when the next line says that it was taken: otherwise no `close` here would send a FIN.
 */
const FIRST = `
import socket, sys
print("ready", flush=True)
for line in sys.stdin:
    try:
        with socket.socket(*map(int, line.split())) as made:
            made.setblocking(False)
            print(made.fileno(), flush=True)
            sys.stdin.readline()
    except OSError as error:
        print(error, flush=True)`;

/**
 * The addresses of a cable's ends: this machine's and the other one's.
 *
 * @internal
 */
export type Ends = readonly [here: string, there: string];

/** A machine at the other end of a cable. */
export class Machine implements AsyncDisposable {
  /** Its address on the cable. */
  readonly address: string;
  /** The address of this machine on the cable: its way to everywhere. */
  readonly here: string;
  readonly #name: string;
  readonly #first: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #pid: number;
  /** When the last socket was made: one is made after the other. */
  #made: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(name: string, first: First, [here, address]: Ends) {
    this.#name = name;
    this.#first = first.process;
    this.#lines = first.lines;
    this.#pid = first.pid;
    this.here = here;
    this.address = address;
  }

  /**
   * Has its shell do something, and gives what that prints. What ends with `&` goes on there.
   *
   * @param command for sh(1)
   * @throws Error with what it says where it fails
   */
  async run(command: string): Promise<string> {
    const target = `--target=${this.#pid}`;
    const enter = [target, "--preserve-credentials", "--user", "--net", "--pid", "--"];
    return (await execute("nsenter", [...enter, "sh", "-c", command])).stdout;
  }

  /**
   * A socket of that machine: its addresses and its peers are those of the machine, and all calls are as of any socket.
   *
   * @param family AF_INET, AF_INET6
   * @param type SOCK_STREAM, SOCK_DGRAM
   * @param proto 0 for the usual protocol of the type
   * @throws Error for what its system refuses
   */
  async socket<Family extends number = typeof AF_INET>(
    family: Family = AF_INET as Family,
    type: number = SOCK_STREAM,
    proto = 0,
  ): Promise<Socket<Family>> {
    const made = this.#made.then(() => this.#make(Number(family), Number(type), Number(proto)));
    this.#made = made.catch(() => {});
    return new Socket(family, type, proto, await made, false);
  }

  async #make(...numbers: number[]): Promise<Descriptor> {
    this.#first.stdin?.write(`${numbers.join(" ")}\n`);
    const { value } = await this.#lines.next();
    const said = value ?? "it is switched off";
    const fd = Number(said);
    if (Number.isNaN(fd)) throw new Error(`the machine has made no socket: ${said}`);
    try {
      return Descriptor.take(this.#pid, fd);
    } finally {
      this.#first.stdin?.write("taken\n");
    }
  }

  /** Pulls the cable out: what is sent from now on is lost, and neither side is told. */
  async unplug(): Promise<void> {
    await this.run(`ip link set ${this.#name} down`);
  }

  /** Puts the cable in again. */
  async plugIn(): Promise<void> {
    await this.run(`ip link set ${this.#name} up && ip route replace default via ${this.here}`);
  }

  /** Switches the machine off, and ends all that runs there. Its sockets are left with a cable to nowhere. */
  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#first;
    if (exitCode !== null || signalCode !== null) return;
    this.#first.stdin?.end();
    await once(this.#first, "exit");
  }

  /** As `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The first process of a machine, and its number here. */
interface First {
  process: ChildProcess;
  pid: number;
  lines: AsyncIterator<string>;
}

/**
 * Sets up another machine, and joins it to this one. It is gone when the cell runs again, or with the notebook.
 *
 * @param name a word, at most 12 characters long; what had this name before is no longer joined
 * @throws Error where this program has no network of its own, or the system allows no other one
 *
 * @example
 * const far = await network("far").catch((error: Error) => error);
 * if (far instanceof Machine) {
 *   console.log(await far.run("ip address"));
 *   const visitor = await far.socket();
 *   await visitor.bind([far.address, 10000]);
 * }
 */
export async function network(name: string): Promise<Machine> {
  const folder = process.env.NETWORK_FOLDER;
  if (folder === undefined) {
    const why = process.env.NETWORK_PROBLEM ?? "make doctor says why";
    throw new Error(`there is no second machine: this program has no network of its own (${why})`);
  }
  return await machine(name, (pid) => laidByHolder(folder, pid, name));
}

/**
 * The same, where `cable` lays the cable to the network of a process.
 *
 * @internal
 */
export async function machine(
  name: string,
  cable: (pid: number, name: string) => Promise<Ends>,
): Promise<Machine> {
  if (!/^[a-z][a-z0-9]{0,11}$/.test(name)) {
    throw new RangeError("the name of a machine is a word of at most 12 small letters and digits");
  }
  const first = await begun();
  try {
    const made = new Machine(name, first, await cable(first.pid, name));
    currentCell()?.onRerun(() => made.close());
    await made.run(`ip link set lo up && ip link set ${name} addrgenmode none`);
    await made.run(`ip address add ${made.address}/30 dev ${name}`);
    await made.plugIn();
    return made;
  } catch (error) {
    first.process.kill();
    throw error;
  }
}

async function begun(): Promise<First> {
  const process = spawn("unshare", [...OWN, "python3", "-c", FIRST]);
  const refusal = text(process.stderr);
  const failure = once(process, "error").then(([error]) => String(error));
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  const said = await Promise.race([lines.next().then(({ value }) => value), failure]);
  if (said !== "ready") {
    throw new Error(`the system allows no other network: ${said ?? (await refusal).trim()}`);
  }
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "latin1");
  return { process, pid: Number(children.trim()), lines };
}

/** The process that holds the network of this notebook lays the cable (tools/network_holder.py). */
async function laidByHolder(folder: string, pid: number, name: string): Promise<Ends> {
  const connection = connect(join(folder, "cable"));
  connection.write(`${pid} ${name}`);
  const said = await text(connection);
  const [here, there, ...others] = said.trim().split(" ");
  if (there === undefined || others.length > 0)
    throw new Error(`there is no cable: ${said.trim()}`);
  return [here, there];
}
