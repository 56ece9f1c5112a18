/**
 * Calls whatever the helpers export, the inner modules too, with values that no type would let through.
 *
 *     SEED=7 node --require ts-node/register/transpile-only hostile-calls.ts CALLS FOLDER
 *
 * The process must live through it: it then writes `survived`. The file `last` in the folder has the call that was made
 * last. The hosts are loopback addresses and nothing else, and no names are looked up; paths are below the folder.
 *
 * @module
 */
import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { reader, type StreamReader } from "../../helpers/reader";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  socket,
} from "../../helpers/socket";
import { Random } from "../helpers/peers/random";

const HELPERS = join(__dirname, "..", "..", "helpers");

/** How many calls may be left to wait before all sockets are replaced. */
const GENERATION = 250;

/** Makes a module write or delete files, which is not what is tried here. */
const LEFT_OUT = new Set(["Store.open"]);

type Callable = (...args: unknown[]) => unknown;

/** All functions and classes that the helpers export, by their names. */
function exported(): [name: string, callable: Callable, owner: object][] {
  const files = readdirSync(HELPERS, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .flatMap((file) => {
      const module: Record<string, unknown> = require(join(HELPERS, file));
      return Object.entries(module).flatMap(([name, value]) => {
        if (typeof value !== "function") return [];
        const own: [string, Callable, object][] = [[name, value as Callable, module]];
        for (const method of Object.getOwnPropertyNames(value)) {
          const found = Object.getOwnPropertyDescriptor(value, method)?.value;
          if (typeof found === "function") own.push([`${name}.${method}`, found, value]);
        }
        return own.filter(([full]) => !LEFT_OUT.has(full));
      });
    });
}

function methodsOf(value: object): string[] {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(value));
  return names.filter((name) => {
    const found = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(value), name)?.value;
    return typeof found === "function" && name !== "constructor";
  });
}

const thrower = () => {
  throw new Error("evil");
};

/** What may be passed: fitting values too, as a call that fails at its first argument shows nothing of its second. */
function values(random: Random, socks: readonly Socket<number>[]): unknown[] {
  const detached = new ArrayBuffer(16);
  structuredClone(detached, { transfer: [detached] });
  const spoofed = Object.defineProperty(new Uint8Array(4), "byteLength", { value: 2 ** 30 });
  const aborting = new AbortController();
  setImmediate(() => aborting.abort());
  const port = random.below(65_536);
  return [
    ...[undefined, null, true, "", "127.0.0.1", "localhost", "a\0b", "x".repeat(200), "hex", 5n],
    ...[0, 1, 2, 3, 4, 16, 64, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31 - 1],
    ...[2 ** 31, 2 ** 32, 2 ** 32 + 3, 2 ** 53, -(2 ** 31), 1e300, random.below(256), port],
    ...[["127.0.0.1", port], ["127.0.0.1", 0], ["::1", port], ["::1", port, 0, 0], [], [1, 2]],
    ...[["127.0.0.1"], ["127.0.0.1", -1], ["127.0.0.1", "http"], `path-${random.below(50)}`],
    ...[
      new Uint8Array(16),
      Buffer.alloc(70_000),
      new Uint8Array(0),
      new DataView(new ArrayBuffer(8)),
    ],
    ...[new Float64Array(2), new SharedArrayBuffer(8), new Uint8Array(new SharedArrayBuffer(8))],
    ...[detached, spoofed, { length: 5, 0: 1 }, Symbol("s"), () => 1, thrower, /x/, new Date(0)],
    ...[{ timeout: 0 }, { timeout: 0.001 }, { timeout: -1 }, { signal: aborting.signal }],
    ...[
      { signal: {} },
      { signal: Object.create(AbortSignal.prototype) },
      { l_onoff: 1, l_linger: 0 },
    ],
    ...[
      { tv_sec: 1, tv_usec: 2 },
      { octets: new Uint8Array(1), length: Uint32Array.of(999) },
    ],
    ...[new Proxy({}, { get: thrower }), Object.create(null), { toString: thrower }, new Map()],
    ...socks,
  ];
}

/** Sockets in several states, of which a call may make whatever it likes. */
async function sockets(): Promise<Socket<number>[]> {
  const listening = socket();
  await listening.bind(["127.0.0.1", 0]);
  listening.listen(8);
  const client = socket();
  await client.connect(listening.getsockname());
  const [served] = await listening.accept();
  const datagrams = socket(AF_INET, SOCK_DGRAM);
  await datagrams.bind(["127.0.0.1", 0]);
  const closed = socket();
  closed.close();
  const others = [socket(AF_INET6), socket(AF_UNIX), socket(AF_UNIX, SOCK_DGRAM)];
  return [listening, client, served, datagrams, closed, socket(AF_INET, SOCK_STREAM), ...others];
}

/** Readers of the connections among them, of which one has octets to read. */
async function readers(socks: readonly Socket<number>[]): Promise<StreamReader[]> {
  const [, client, served] = socks;
  await client.sendall("one\ntwo\n".repeat(10));
  return [reader(client), reader(served, 4), reader(served)];
}

/** Two sockets that nobody has touched still carry octets, and only these. */
async function works(client: Socket, served: Socket): Promise<void> {
  await client.sendall("all is well");
  assert.equal((await served.recv(100)).decode(), "all is well");
}

async function main(calls: number, folder: string): Promise<void> {
  const random = new Random({ diagnostic: (line) => console.error(line), name: "hostile calls" });
  process.on("warning", () => {});
  // What a callback throws that was handed in is the caller's.
  process.on("uncaughtException", (error) => {
    if (error?.message !== "evil") throw error;
  });
  process.stdout.write = Object.assign(() => true, {});
  const all = exported();
  process.chdir(folder);
  const log = openSync("last", "w");
  const listening = socket();
  await listening.bind(["127.0.0.1", 0]);
  listening.listen(1);
  const client = socket();
  await client.connect(listening.getsockname());
  const [served] = await listening.accept();
  let socks = await sockets();
  let called: object[] = [];
  for (let call = 0; call < calls; call++) {
    if (call % GENERATION === 0) {
      for (const sock of socks) sock.close();
      socks = await sockets();
      called = [...socks, ...(await readers(socks))];
      await works(client, served);
    }
    const pool = values(random, socks);
    const args = Array.from({ length: random.below(6) }, () => pool[random.below(pool.length)]);
    const isMethod = random.below(2) === 0;
    const object = called[random.below(called.length)];
    const methods = methodsOf(object);
    const [name, callable, owner] = isMethod
      ? [methods[random.below(methods.length)], undefined, object]
      : all[random.below(all.length)];
    writeSync(log, `${call}: ${name}(${args.map(described).join(", ")})\n`.padEnd(400), 0);
    await attempt(
      random,
      name,
      callable ?? (object as unknown as Record<string, Callable>)[name],
      owner,
      args,
    );
  }
  await works(client, served);
  closeSync(log);
  writeSync(1, "survived\n");
  process.exit();
}

function described(value: unknown): string {
  try {
    return inspect(value, { depth: 1, maxArrayLength: 4, maxStringLength: 20, breakLength: 1e6 });
  } catch {
    return "what throws when it is shown";
  }
}

/** Makes the call, as a function or with `new`. What it returns may wait: the next turn goes on without it. */
async function attempt(
  random: Random,
  name: string,
  callable: Callable,
  owner: object,
  args: unknown[],
): Promise<void> {
  try {
    const isClass = /^[A-Z]/.test(name) && !name.includes(".");
    const result = isClass
      ? Reflect.construct(callable, args)
      : Reflect.apply(callable, owner, args);
    if (result instanceof Promise) {
      result.then(tidy, () => {});
      if (random.below(4) === 0) await new Promise((next) => setImmediate(next));
    } else tidy(result);
  } catch {
    // Whatever it is, it has been thrown to whoever called.
  }
}

/** Ends what a call has begun: a socket, a display, a watch. */
function tidy(result: unknown): void {
  try {
    const found = (Array.isArray(result) ? result[0] : result) as {
      close?: unknown;
      end?: unknown;
    };
    if (typeof found?.close === "function") found.close();
    else if (typeof found?.end === "function") found.end();
  } catch {
    // It is as hostile as what it was made of.
  }
}

void main(Number(process.argv[2]), process.argv[3]);
