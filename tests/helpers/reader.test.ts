/** Whole messages from a stream: as Python's `asyncio.StreamReader` gives them, and nothing lost when a call fails. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  IncompleteReadError,
  LimitOverrunError,
  reader,
  type StreamReader,
} from "../../helpers/reader";
import {
  Bytes,
  SO_LINGER,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
} from "../../helpers/socket";
import { CURRENT_CELL } from "../../interface/cell";
import { fresh, pair } from "./peers/connection";
import { Python } from "./peers/python";
import { Random } from "./peers/random";
import { until } from "./peers/until";

/** Has the peer send the next piece whenever the reader asks the socket for more, and close after the last one. */
function inPieces(sock: Socket, peer: Socket, pieces: readonly (string | Uint8Array)[]): void {
  const left = [...pieces];
  const { recv } = sock;
  sock.recv = async (...args) => {
    const next = left.shift();
    if (next === undefined) peer.close();
    else await peer.sendall(next);
    return await recv.apply(sock, args);
  };
}

// --- As in Python -----------------------------------------------------------------------------------------------

const SEQUENCES = 400;

type Call = [name: "read" | "readexactly" | "readuntil" | "readline", argument?: number | string];

interface Conversation {
  readonly pieces: readonly string[];
  readonly calls: readonly Call[];
  readonly limit: number;
}

const SEPARATORS = ["\n", "a", "ab", "aab", "abab", "\n\n", "ba\nb"];

function conversation(random: Random): Conversation {
  const text = (length: number) => Array.from({ length }, () => "aab\nb"[random.below(5)]).join("");
  const call = (): Call => {
    const calls: Call[] = [
      ["read", random.below(12)],
      ["readexactly", random.below(20)],
      ["readuntil", SEPARATORS[random.below(SEPARATORS.length)]],
      ["readline"],
    ];
    return random.below(20) === 0 ? ["read", -1] : calls[random.below(calls.length)];
  };
  return {
    pieces: Array.from({ length: random.below(12) }, () => text(1 + random.below(8))),
    calls: Array.from({ length: 1 + random.below(12) }, call),
    limit: 1 + random.below(16),
  };
}

/** A line that is too long, Python's readline throws away: no sequence goes on after that. */
const IN_PYTHON = `
  import asyncio

  async def outcome(reader, name, args, pieces):
      task = asyncio.ensure_future(getattr(reader, name)(*args))
      while not task.done():
          await asyncio.sleep(0)
          if reader._waiter is None or task.done():
              continue
          if pieces:
              reader.feed_data(pieces.pop(0).encode())
          else:
              reader.feed_eof()
      try:
          return repr(task.result())
      except asyncio.IncompleteReadError as error:
          return f"incomplete {error.partial!r} of {error.expected}"
      except asyncio.LimitOverrunError as error:
          return f"overrun {error.consumed}"
      except ValueError:
          return "too long"

  async def conversation(pieces, calls, limit):
      reader = asyncio.StreamReader(limit)
      outcomes = []
      for name, *args in calls:
          args = [arg.encode() if isinstance(arg, str) else arg for arg in args]
          outcomes.append(await outcome(reader, name, args, pieces))
          if outcomes[-1] == "too long":
              break
      return outcomes

  def theirs(conversations):
      return [asyncio.run(conversation(*each)) for each in conversations]
`;

function call(messages: StreamReader, [name, argument]: Call): Promise<Bytes> {
  if (name === "readline") return messages.readline();
  if (name === "readuntil") return messages.readuntil(argument as string);
  return messages[name](argument as number);
}

async function outcome(messages: StreamReader, made: Call): Promise<string> {
  try {
    return shown(await call(messages, made));
  } catch (error) {
    if (error instanceof IncompleteReadError) {
      return `incomplete ${shown(error.partial)} of ${error.expected ?? "None"}`;
    }
    assert.ok(error instanceof LimitOverrunError);
    return made[0] === "readline" ? "too long" : `overrun ${error.consumed}`;
  }
}

/** As Python's repr has it: all octets here are letters and newlines. */
function shown(octets: Bytes): string {
  return `b'${String(octets).replaceAll("\n", "\\n")}'`;
}

async function ours(t: TestContext, { pieces, calls, limit }: Conversation): Promise<string[]> {
  const [peer, sock] = await pair(t);
  inPieces(sock, peer, pieces);
  const messages = reader(sock, limit);
  const outcomes: string[] = [];
  for (const made of calls) {
    outcomes.push(await outcome(messages, made));
    if (outcomes.at(-1) === "too long") break;
  }
  for (const each of [peer, sock]) each.close();
  return outcomes;
}

test(`${SEQUENCES} random sequences of pieces and calls come out as in asyncio.StreamReader`, async (t) => {
  const random = new Random(t);
  const python = new Python(t);
  await python.run(IN_PYTHON);
  const all = Array.from({ length: SEQUENCES }, () => conversation(random));
  const values = all.map(({ pieces, calls, limit }) => [pieces, calls, limit]);
  const theirs = await python.run<string[][]>(`theirs(${JSON.stringify(values)})`);
  for (const [index, each] of all.entries()) {
    assert.deepEqual(await ours(t, each), theirs[index], JSON.stringify(each));
  }
  const seen = theirs.flat().map((result) => result.replace(/[ '].*/s, ""));
  for (const kind of ["b", "incomplete", "overrun", "too"]) {
    assert.ok(seen.includes(kind), `no sequence has come to: ${kind}`);
  }
});

// --- Nothing lost -----------------------------------------------------------------------------------------------

/** Ends a call in one of the ways in which it may fail, or lets it be. */
async function disturbed(messages: StreamReader, random: Random): Promise<Bytes> {
  const made = [
    ["readexactly", 1 + random.below(200)],
    ["readuntil", SEPARATORS[random.below(SEPARATORS.length)]],
    ["readline"],
    ["read", 1 + random.below(100)],
  ][random.below(4)] as Call;
  const [name, argument] = made;
  const ending = new AbortController();
  const options = random.below(2) === 0 ? { timeout: 0.001 } : { signal: ending.signal };
  setImmediate(() => ending.abort());
  if (name === "readline") return await messages.readline(options);
  if (name === "readuntil") return await messages.readuntil(argument as string, options);
  return await messages[name](argument as number, options);
}

test("what has come is still to be read after a limit, a time limit and a signal, once and in order", async (t) => {
  const random = new Random(t);
  const [peer, sock] = await pair(t);
  const messages = reader(sock, 40);
  const sent = Array.from({ length: 20_000 }, () => "aab\nb"[random.below(5)]).join("");
  const failures: string[] = [];
  const timeouts = () => failures.filter((name) => name === "TimeoutError").length;
  const sending = (async () => {
    for (let start = 0; start < sent.length; ) {
      const size = 1 + random.below(100);
      await peer.sendall(sent.slice(start, start + size));
      start += size;
      const before = timeouts();
      if (random.below(20) === 0) await until(() => timeouts() > before);
      await sleep(0);
    }
    peer.close();
  })();
  const received: Bytes[] = [];
  for (let ended = false; !ended; ) {
    try {
      received.push(await disturbed(messages, random));
      ended = received.at(-1)?.length === 0;
    } catch (error) {
      assert.ok(error instanceof Error);
      failures.push(error.name);
      if (error instanceof LimitOverrunError) received.push(await messages.read(1));
      if (error instanceof IncompleteReadError) received.push(error.partial);
    }
  }
  await sending;
  assert.equal(String(Bytes.concat(received)), sent);
  for (const name of ["TimeoutError", "AbortError", "LimitOverrunError"]) {
    assert.ok(failures.includes(name), `no call has failed by: ${name}`);
  }
});

test("a line that is too long, and all that was asked for in vain, is still to be read", async (t) => {
  const [peer, sock] = await pair(t);
  const messages = reader(sock, 8);
  await peer.sendall("more than eight octets\nrest");
  await assert.rejects(messages.readline(), {
    name: "LimitOverrunError",
    consumed: 22,
    message: "no b'\\n' in 8 octets, which is the limit of the reader",
  });
  await assert.rejects(messages.read(-1, { timeout: 0.01 }), { code: "ETIMEDOUT" });
  assert.equal(String(await messages.readexactly(23)), "more than eight octets\n");
  peer.close();
  assert.equal(String(await messages.read()), "rest");
});

test("what came before a reset is still to be read after its error", async (t) => {
  const [peer, sock] = await pair(t);
  const messages = reader(sock);
  await peer.sendall("Hi there");
  assert.equal(String(await messages.read(3)), "Hi ");
  peer.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
  peer.close();
  await assert.rejects(messages.readexactly(6), { code: "ECONNRESET" });
  assert.equal(String(await messages.readexactly(5)), "there");
});

test("the interrupt of the cell ends a call, and the next one has its octets", async (t) => {
  const [peer, sock] = await pair(t);
  const messages = reader(sock);
  const interrupt = new AbortController();
  const cell = { executionCount: 1, signal: interrupt.signal, onRerun: () => () => {} };
  Object.assign(globalThis, { [CURRENT_CELL]: () => cell });
  t.after(() => Reflect.deleteProperty(globalThis, CURRENT_CELL));
  await peer.sendall("Hi there");
  const waiting = messages.readexactly(10);
  setImmediate(() => interrupt.abort());
  await assert.rejects(waiting, { name: "AbortError" });
  Reflect.deleteProperty(globalThis, CURRENT_CELL);
  assert.equal(String(await messages.read(100)), "Hi there");
});

// --- Limits of time, and what is refused ------------------------------------------------------------------------

for (const whose of ["the call's", "the socket's"]) {
  test(`a time limit, ${whose}, is for the whole message, in however many pieces it comes`, async (t) => {
    const [peer, sock] = await pair(t);
    const drops = Array.from({ length: 1000 }, () => "x");
    inPieces(sock, peer, [...drops, "\n"]);
    const { recv } = sock;
    sock.recv = async (...args) => {
      await sleep(5);
      return await recv.apply(sock, args);
    };
    if (whose === "the socket's") sock.settimeout(0.25);
    const start = performance.now();
    const message = reader(sock).readline(whose === "the call's" ? { timeout: 0.25 } : undefined);
    await assert.rejects(message, {
      code: "ETIMEDOUT",
      name: "TimeoutError",
      message: "recv ETIMEDOUT: timed out after 0.25 s",
    });
    assert.ok(performance.now() - start >= 245);
  });
}

test("the socket is asked for as long as is left, and the error has the whole limit", async (t) => {
  const [peer, sock] = await pair(t);
  const left: unknown[] = [];
  const { recv } = sock;
  sock.recv = async (...args) => {
    left.push(args[2]?.timeout);
    if (left.length === 1) await peer.sendall("the beginning");
    await sleep(20);
    return await recv.apply(sock, args);
  };
  await assert.rejects(reader(sock).readline({ timeout: 0.5 }), {
    message: "recv ETIMEDOUT: timed out after 0.5 s",
  });
  const [first, second] = left.map(Number);
  assert.ok(first <= 0.5 && second < first - 0.015, `${left}`);
});

test("without a time limit SO_RCVTIMEO holds, as for recv", async (t) => {
  const [peer, sock] = await pair(t);
  sock.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 0, tv_usec: 50_000 });
  const messages = reader(sock);
  await assert.rejects(messages.readline(), { code: "EAGAIN" });
  await assert.rejects(messages.readline({ timeout: 0 }), { code: "EAGAIN" });
  await peer.sendall("at last\n");
  assert.equal(String(await messages.readline()), "at last\n");
});

test("who asks for no octets does not wait for any", async (t) => {
  const [, sock] = await pair(t);
  const messages = reader(sock);
  const now = { timeout: 0 };
  assert.equal((await messages.read(0, now)).length, 0);
  assert.equal((await messages.readexactly(0, now)).length, 0);
  await assert.rejects(messages.read(1, now), { code: "EAGAIN" });
});

test("a call that is made while another one waits is refused, and takes nothing from it", async (t) => {
  const [peer, sock] = await pair(t);
  const messages = reader(sock);
  const waiting = messages.readline();
  await assert.rejects(messages.readexactly(2), {
    code: "ERR_NOT_AWAITED",
    message:
      "readexactly ERR_NOT_AWAITED: readline has not come back: await it, then call readexactly",
  });
  await peer.sendall("Hi\nthere");
  assert.equal(String(await waiting), "Hi\n");
  assert.equal(String(await messages.readexactly(2)), "th");
});

test("line by line, to the end", async (t) => {
  const [peer, sock] = await pair(t);
  inPieces(sock, peer, ["one\ntw", "o\n\nthr", "ee"]);
  const lines: string[] = [];
  for await (const line of reader(sock)) lines.push(String(line));
  assert.deepEqual(lines, ["one\n", "two\n", "\n", "three"]);
});

test("a message of 16 MiB comes whole, after what was left of the one before", async (t) => {
  const [peer, sock] = await pair(t);
  const messages = reader(sock);
  const sending = peer.sendall(Buffer.concat([Buffer.from("a\nb"), Buffer.alloc(2 ** 24, "c")]));
  assert.equal(String(await messages.readline()), "a\n");
  const message = await messages.readexactly(1 + 2 ** 24);
  await sending;
  assert.equal(Buffer.compare(message, Buffer.alloc(1 + 2 ** 24, "c").fill("b", 0, 1)), 0);
});

test("errors say how much was expected and how much came", () => {
  const partial = new Bytes([97, 98]);
  assert.equal(
    new IncompleteReadError(partial, 16).message,
    "was expecting 16 octets but received only 2 before the stream ended",
  );
  assert.equal(
    new IncompleteReadError(partial, undefined).message,
    "was expecting a separator but received only 2 before the stream ended",
  );
});

test("what is no stream, no limit, no number and no separator is refused", async (t) => {
  const [, sock] = await pair(t);
  assert.throws(() => reader(fresh(t, undefined, SOCK_DGRAM)), TypeError);
  assert.throws(() => reader({ recv: () => {} } as unknown as Socket), TypeError);
  for (const limit of [0, -1, Number.NaN, 0.5, 2 ** 31]) {
    assert.throws(() => reader(sock, limit), /limit must be/);
  }
  const messages = reader(sock);
  await assert.rejects(messages.read(-2), RangeError);
  await assert.rejects(messages.readexactly(-1), RangeError);
  await assert.rejects(messages.readuntil(""), /separator must have one octet at least/);
  await assert.rejects(messages.readuntil(5 as unknown as string), TypeError);
});
