/**
 * A second machine, joined to the network of the notebook by a cable that can be pulled out: `await network("far")`. It
 * is a network namespace, see network_namespaces(7), with an address, a shell and sockets of its own. Linux only.
 *
 * @module
 */

"use deferred interrupts";

import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { currentCell } from "../interface/cell";
import { AF_INET, SOCK_STREAM } from "./posix/constants";
import { Descriptor } from "./posix/descriptor";
import { Socket } from "./posix/socket-class";

/** Who has no rights to a network may still have one as the user that they are; all in it ends with its first process. */
const OWN = "--user --map-current-user --keep-caps --net --pid --fork --kill-child --".split(" ");

/**
 * The first process there, from which the others have their rights. It is asked by lines of JSON, each with a number, and
 * answers by such lines: to a text for a shell, what came of it; to the family, type and protocol of a socket, its own
 * number of that. It closes it when the same number comes again: otherwise no `close` here would send a FIN.
 */
const FIRST = `
import json, socket, subprocess, sys, threading
lock, made = threading.Lock(), {}
def say(number, **content):
    with lock:
        print(json.dumps([number, content]), flush=True)
def run(number, command):
    done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    say(number, status=done.returncode, stdout=done.stdout, stderr=done.stderr)
say(0)
for line in sys.stdin:
    number, asked = json.loads(line)
    if isinstance(asked, str):
        threading.Thread(target=run, args=(number, asked), daemon=True).start()
    elif number in made:
        made.pop(number).close()
    else:
        try:
            made[number] = socket.socket(*asked)
            made[number].setblocking(False)
            say(number, fd=made[number].fileno())
        except OSError as error:
            say(number, refusal=str(error))`;

const shell = promisify(execFile);

const SWITCHED_OFF = "the other machine is switched off";

/** An answer of the first process. */
interface Answer {
  status?: number;
  stdout?: string;
  stderr?: string;
  fd?: number;
  refusal?: string;
}

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
  readonly #first: First;

  /** @internal */
  constructor(name: string, first: First, [here, address]: Ends) {
    if (!(first instanceof First)) throw new TypeError("a machine is made by network()");
    this.#name = name;
    this.#first = first;
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
    const { status, stdout = "", stderr = "" } = await this.#first.ask(command);
    if (status === 0) return stdout;
    throw new Error(
      `"${command}" ends with status ${status} on the other machine: ${stderr.trim()}`,
    );
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
    const numbers = [family, type, proto].map(Number);
    const take = ({ fd, refusal }: Answer) => {
      if (fd === undefined) throw new Error(`the other machine has made no socket: ${refusal}`);
      return Descriptor.take(this.#first.pid, fd);
    };
    return new Socket(family, type, proto, await this.#first.ask(numbers, take), false);
  }

  /** Pulls the cable out: what is sent from now on is lost, and neither side is told. */
  async unplug(): Promise<void> {
    await this.run(`ip link set ${this.#name} down`);
  }

  /** Puts the cable in again. It carries what is sent when the call returns. */
  async plugIn(): Promise<void> {
    await this.run(`ip link set ${this.#name} up && ip route replace default via ${this.here}`);
    await this.run(untilUp(this.#name));
    await shell("sh", ["-c", untilUp(`to-${this.#name}`)]);
  }

  /** Switches the machine off, and ends all that runs there. Its sockets are left with a cable to nowhere. */
  async close(): Promise<void> {
    await this.#first.end();
  }

  /** As `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Waits until the system takes what is sent on this end of a cable: a moment later than the cable is in. */
function untilUp(end: string): string {
  return `while state=$(ip link show dev ${end}); do
    case $state in *"state UP"*) exit;; esac
    sleep 0.01
  done`;
}

/** The first process of a machine. */
class First {
  /** Its number here. */
  readonly pid: number;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #asked = new Map<
    number,
    { answer: (answer: Answer) => void; fail: (why: Error) => void }
  >();
  #count = 0;

  private constructor(process: ChildProcessWithoutNullStreams, lines: Interface) {
    this.#process = process;
    const children = `/proc/${process.pid}/task/${process.pid}/children`;
    this.pid = Number(readFileSync(children, "latin1").trim());
    lines.on("line", (line) => {
      const [number, answer] = JSON.parse(line);
      this.#asked.get(number)?.answer(answer);
    });
    lines.on("close", () => {
      for (const { fail } of this.#asked.values()) fail(new Error(SWITCHED_OFF));
    });
    // What cannot be written any more is answered by the end of the lines.
    process.stdin.on("error", () => {});
  }

  /** @throws Error where the system does not allow it, and why */
  static async start(): Promise<First> {
    const process = spawn("unshare", [...OWN, "python3", "-c", FIRST]);
    const refusal = text(process.stderr);
    const failure = once(process, "error").then(([error]) => String(error));
    const lines = createInterface({ input: process.stdout });
    const begun = once(lines, "line").then(() => undefined);
    const over = once(lines, "close").then(() => refusal);
    const why = await Promise.race([begun, over, failure]);
    if (why === undefined) return new First(process, lines);
    throw new Error(`the system allows no other network: ${why.trim()}`);
  }

  /** @param use what is done with the answer before it is told that this is done */
  async ask<T = Answer>(
    question: string | number[],
    use: (answer: Answer) => T = (answer) => answer as T,
  ): Promise<T> {
    if (!this.#process.stdin.writable) throw new Error(SWITCHED_OFF);
    this.#count += 1;
    const number = this.#count;
    const line = `${JSON.stringify([number, question])}\n`;
    this.#process.stdin.write(line);
    try {
      const answered = new Promise<Answer>((answer, fail) => {
        this.#asked.set(number, { answer, fail });
      });
      return use(await answered);
    } finally {
      this.#asked.delete(number);
      if (typeof question !== "string") this.#process.stdin.write(line);
    }
  }

  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    this.#process.stdin.end();
    await once(this.#process, "exit");
  }

  kill(): void {
    this.#process.kill();
  }
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
  const first = await First.start();
  try {
    const made = new Machine(name, first, await cable(first.pid, name));
    currentCell()?.onRerun(() => made.close());
    await made.run(`ip link set lo up && ip link set ${name} addrgenmode none`);
    await made.run(`ip address add ${made.address}/30 dev ${name}`);
    await made.plugIn();
    return made;
  } catch (error) {
    first.kill();
    throw error;
  }
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
