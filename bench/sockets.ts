/**
 * The same work by this project's socket helper, by `node:net`, by Python's `socket` and by C: for each, a server
 * process and a client process that talk over a TCP connection on the loopback interface.
 *
 * Each program in sockets/ is started as `PROGRAM server` and as `PROGRAM client PORT`. The server prints its port.
 * Then both are sent one line a task, `TASK AMOUNT`:
 *
 *     roundtrip 4000       one connection; 16 octets there and back, that often
 *     send 1000000         one connection; the client sends so many octets, the server takes them
 *     echo 1000000         one connection; the client sends so many and receives them back at the same time
 *     connect 1000         so many connections, one after another: connect, accept, the server closes,
 *                          the client sees the end of file and closes
 *
 * The server answers `ready` before it accepts; the client answers with the seconds from its connect to its close.
 * Both send and receive in pieces of up to 64 KiB, with no socket option set. Both end with their standard input.
 *
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Child } from "../tools/child";
import { type Measurement, measure } from "./measure";
import { apart, awake } from "./processors";

const PROGRAMS = join(__dirname, "sockets");
const ROUND_TRIPS = 2000;
const BULK = 256 * 2 ** 20;
const ECHOED = 128 * 2 ** 20;
const CONNECTIONS = 1000;

/** Seconds that a task may take. */
const PATIENCE = 60;

interface Task
  extends Pick<Measurement, "title" | "unit" | "better" | "rounds" | "starts" | "warmUp"> {
  readonly task: string;
  readonly amount: number;
  /** What the helper is to reach, times node:net. */
  readonly reach: number;
  readonly processors?: "left idle" | "kept awake";
  /** From the seconds of a round to the unit. */
  figure(seconds: number): number;
}

const roundTrip = {
  unit: "us",
  better: "less",
  rounds: 7,
  starts: 5,
  warmUp: 6,
  task: "roundtrip",
  amount: ROUND_TRIPS,
  figure: (seconds: number) => (seconds / ROUND_TRIPS) * 1e6,
} as const;

/** Rounds that take long, or make much garbage: their figures differ more between two starts than within one. */
const throughput = { better: "more", rounds: 5, starts: 7 } as const;

const tasks: Record<string, Task> = {
  "roundtrip-idle": {
    ...roundTrip,
    title: "Round trip of 16 octets, each process on a processor of its own, left idle",
    reach: 1.05,
    processors: "left idle",
  },
  "roundtrip-awake": {
    ...roundTrip,
    title: "Round trip of 16 octets, processors kept awake",
    reach: 1.2,
    processors: "kept awake",
  },
  "bulk-one-way": {
    ...throughput,
    title: `Bulk one way, ${BULK / 2 ** 20} MiB`,
    unit: "MiB/s",
    task: "send",
    amount: BULK,
    reach: 1.3,
    figure: (seconds) => BULK / 2 ** 20 / seconds,
  },
  "bulk-echoed": {
    ...throughput,
    title: `Bulk echoed, ${ECHOED / 2 ** 20} MiB there and back at the same time`,
    unit: "MiB/s",
    task: "echo",
    amount: ECHOED,
    reach: 1.3,
    figure: (seconds) => ECHOED / 2 ** 20 / seconds,
  },
  connections: {
    ...throughput,
    title: "Connect, accept, close, one after another",
    unit: "a second",
    task: "connect",
    amount: CONNECTIONS,
    // Bare calls of the same kind, without a class around them, reach 1.5.
    reach: 1.3,
    figure: (seconds) => CONNECTIONS / seconds,
  },
};

/** What can be measured. */
export const names = Object.keys(tasks);

/** Measures those of `names` that are chosen. */
export async function run(chosen: readonly string[]): Promise<void> {
  const programs = contestants();
  for (const name of chosen) {
    const { task, amount, figure, reach, processors, ...shown } = tasks[name];
    const pairs = new Map<string, Pair>();
    try {
      for (const [contestant, command] of programs) {
        pairs.set(contestant, new Pair(command, processors === "left idle"));
      }
      const work = () =>
        measure({
          ...shown,
          baseline: "node:net",
          target: { contestant: "helpers/socket", ratio: reach },
          contestants: Array.from(pairs, ([contestant, pair]) => ({
            name: contestant,
            round: async () => figure(await pair.run(task, amount)),
            start: () => pair.start(),
          })),
        });
      await (processors === "kept awake" ? awake(work) : work());
    } finally {
      for (const pair of pairs.values()) pair.end();
    }
  }
}

/** The two processes of a contestant. */
export class Pair {
  readonly #program: readonly string[];
  readonly #alone: boolean;
  #server: Child | undefined;
  #client: Child | undefined;

  /** Of a program; `alone` gives each process a processor of its own. */
  constructor(program: readonly string[], alone: boolean) {
    this.#program = program;
    this.#alone = alone;
  }

  /** Starts both, anew if they run already. */
  async start(): Promise<void> {
    this.end();
    const commands = [
      [...this.#program, "server"],
      [...this.#program, "client"],
    ];
    const [serve, connect] = this.#alone ? apart(...commands) : commands;
    this.#server = new Child(serve);
    this.#client = new Child([...connect, await this.#server.hear(PATIENCE)]);
  }

  /** Has both do a task, and gives the seconds that the client took. */
  async run(task: string, amount: number): Promise<number> {
    const [server, client] = [this.#server, this.#client];
    if (!server || !client) throw new Error("the pair has not been started");
    server.tell(`${task} ${amount}`);
    await server.hear(PATIENCE);
    client.tell(`${task} ${amount}`);
    return Number(await client.hear(PATIENCE));
  }

  end(): void {
    this.#server?.end();
    this.#client?.end();
  }
}

/** The command that starts a program in TypeScript. */
export function typescript(program: string): string[] {
  const register = require.resolve("ts-node/register/transpile-only");
  return [process.execPath, "--require", register, join(PROGRAMS, program)];
}

/** The contestants that this machine has, by name, with the command that starts each; says which it has not. */
function contestants(): Map<string, string[]> {
  const found = new Map([
    ["helpers/socket", typescript("helper.ts")],
    ["node:net", typescript("node-net.ts")],
  ]);
  const venv = join(__dirname, "..", ".venv", "bin", "python");
  const python = existsSync(venv) ? venv : "python3";
  const version = output(python, "--version");
  if (version === undefined) console.log(`No Python here: ${python} does not start.`);
  else found.set(version, [python, join(PROGRAMS, "python_socket.py")]);
  const compilers = [process.env.CC ?? "cc", "gcc", "clang"];
  const compiler = compilers.find((name) => output(name, "--version") !== undefined);
  if (compiler === undefined) console.log(`No C here: none of ${compilers.join(", ")} starts.`);
  else found.set(`C (${compiler})`, [compile(compiler)]);
  return found;
}

function compile(compiler: string): string {
  const built = join(__dirname, "..", ".build", "bench");
  const program = join(built, "posix-socket");
  mkdirSync(built, { recursive: true });
  const source = join(PROGRAMS, "posix-socket.c");
  execFileSync(compiler, ["-O2", "-pthread", "-o", program, source], { stdio: "inherit" });
  return program;
}

function output(command: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
