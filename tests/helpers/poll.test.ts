/** poll beside Python's select.poll, on sockets of the same kind in the same state; and how it waits. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import * as events from "../../helpers/poll";
import { POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDHUP, poll } from "../../helpers/poll";
import { READ } from "../../helpers/posix/readiness";
import { observe } from "../../helpers/posix/socket-class";
import {
  AF_INET,
  AF_UNIX,
  MSG_OOB,
  MSG_WAITALL,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_LINGER,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
} from "../../helpers/socket";
import { connection, fresh, full, listen, pair, portOf } from "./peers/connection";
import { failure } from "./peers/failure";
import { Python, type Scope } from "./peers/python";
import { until } from "./peers/until";

const ALL = POLLIN | POLLOUT | POLLPRI | POLLRDHUP;

/** A state of a socket, made of two of ours and of two of Python's, where `near` is the one that is asked. */
interface State {
  ours: (near: Socket, far: Socket, scope: Scope) => unknown;
  python: string;
  /** What it comes to, once what the other side has sent is there. */
  comesTo: number;
}

const { POLLERR, POLLHUP } = events;

const STATES: Record<string, State> = {
  "nothing has been sent": { ours: () => {}, python: "", comesTo: POLLOUT },
  "octets have come": {
    ours: (_near, far) => far.sendall("hi"),
    python: "far.sendall(b'hi')",
    comesTo: POLLIN | POLLOUT,
  },
  "an urgent octet has come": {
    ours: (_near, far) => far.send("!", MSG_OOB),
    python: "far.send(b'!', socket.MSG_OOB)",
    comesTo: POLLOUT | POLLPRI,
  },
  "the other side has finished": {
    ours: (_near, far) => far.shutdown(SHUT_WR),
    python: "far.shutdown(socket.SHUT_WR)",
    comesTo: POLLIN | POLLOUT | POLLRDHUP,
  },
  "the other side has closed": {
    ours: (_near, far) => far.close(),
    python: "far.close()",
    comesTo: POLLIN | POLLOUT | POLLRDHUP,
  },
  "both sides have finished": {
    ours: (near, far) => [far.shutdown(SHUT_WR), near.shutdown(SHUT_WR)],
    python: "far.shutdown(socket.SHUT_WR); near.shutdown(socket.SHUT_WR)",
    comesTo: POLLIN | POLLOUT | POLLRDHUP | POLLHUP,
  },
  "it has finished itself": {
    ours: (near) => near.shutdown(SHUT_WR),
    python: "near.shutdown(socket.SHUT_WR)",
    comesTo: POLLOUT,
  },
  "it reads no more": {
    ours: (near) => near.shutdown(SHUT_RD),
    python: "near.shutdown(socket.SHUT_RD)",
    comesTo: POLLIN | POLLOUT | POLLRDHUP,
  },
  "the other side has sent a reset": {
    ours: (_near, far) => {
      far.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
      far.close();
    },
    python:
      "far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); far.close()",
    comesTo: POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP,
  },
  "there is no room": {
    ours: async (near) => {
      near.setblocking(false);
      const piece = new Uint8Array(2 ** 20);
      while (await near.send(piece).then(Boolean, () => false));
    },
    python: `
      near.setblocking(False)
      try:
          while True: near.send(bytes(2 ** 20))
      except BlockingIOError: pass`,
    comesTo: 0,
  },
};

/** Python's answer, once it is the one that is expected. */
function theirs({ python, comesTo }: State): string {
  return `
    import select, struct, textwrap
    listener = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
    exec(textwrap.dedent(${JSON.stringify(python)}))
    def ask():
        poller = select.poll()
        poller.register(near, ${ALL})
        return dict(poller.poll(0)).get(near.fileno(), 0)
    for _ in range(600):
        if ask() == ${comesTo}: break
        import time; time.sleep(0.1)
    ask()`;
}

async function now(sock: Socket<number>): Promise<number> {
  const [entry] = await poll([[sock, ALL]], 0);
  return entry?.[1] ?? 0;
}

/** Asks until the answer is as expected. */
async function comesTo(sock: Socket<number>, expected: number): Promise<void> {
  let found = -1;
  await until(() => {
    void now(sock).then((events) => {
      found = events;
    });
    return found === expected;
  });
}

/** Begins to connect, without waiting. */
async function begin(sock: Socket, port: number): Promise<void> {
  sock.setblocking(false);
  assert.equal((await failure(sock.connect(["127.0.0.1", port]))).code, "EINPROGRESS");
}

for (const [name, state] of Object.entries(STATES)) {
  test(`the events are Python's where ${name}`, async (t) => {
    const [near, far] = await pair(t);
    await state.ours(near, far, t);
    await comesTo(near, state.comesTo);
    assert.equal(await new Python(t).run<number>(theirs(state)), state.comesTo);
  });
}

test("the numbers of the events are Python's", async (t) => {
  const numbers = Object.entries(events).filter(([, value]) => typeof value === "number");
  const names = numbers.map(([name]) => name);
  const python = await new Python(t).run<number[]>(
    `import select\n[getattr(select, name) for name in ${JSON.stringify(names)}]`,
  );
  assert.equal(numbers.length, 7);
  assert.deepEqual(
    Object.fromEntries(numbers),
    Object.fromEntries(names.map((name, i) => [name, python[i]])),
  );
});

test("a new socket, one that listens, one with a connection in its line, datagrams", async (t) => {
  assert.equal(await now(fresh(t)), POLLOUT | events.POLLHUP);
  const [listening, port] = await listen(t);
  assert.equal(await now(listening), 0);
  await fresh(t).connect(["127.0.0.1", port]);
  assert.deepEqual(await poll([[listening, POLLIN]]), [[listening, POLLIN]]);
  const datagrams = fresh(t, AF_INET, SOCK_DGRAM);
  await datagrams.bind(["127.0.0.1", 0]);
  assert.equal(await now(datagrams), POLLOUT);
  await datagrams.sendto("", datagrams.getsockname());
  assert.deepEqual(await poll([[datagrams, POLLIN]]), [[datagrams, POLLIN]]);
});

test("it waits until one of many is ready, and gives that one, in Python's words", async (t) => {
  const python = new Python(t);
  const first = await connection(t, python, "first");
  const others = await Promise.all(Array.from({ length: 200 }, () => pair(t)));
  const entries = [first, ...others.flat()].map((sock): [Socket, number] => [sock, POLLIN]);
  const waiting = poll(entries);
  await python.run("first.sendall(b'hi')");
  assert.deepEqual(await waiting, [[first, POLLIN]]);
  assert.equal(`${await first.recv(16)}`, "hi");
  const again = poll(entries);
  await others[7][0].send("x");
  await others[3][1].send("y");
  const [[sock]] = await again;
  assert.ok(sock === others[7][1] || sock === others[3][0]);
});

test("a connection attempt is over: it stands, or is refused", async (t) => {
  const [listening, port] = await listen(t);
  const sock = fresh(t);
  await begin(sock, port);
  assert.deepEqual(await poll([[sock, POLLOUT]]), [[sock, POLLOUT]]);
  listening.close();
  const refused = fresh(t);
  await begin(refused, port);
  const ended = POLLOUT | events.POLLERR | events.POLLHUP;
  assert.deepEqual(await poll([[refused, POLLOUT]]), [[refused, ended]]);
});

test("it takes nothing from a call that waits, nor that from it", async (t) => {
  const [near, far] = await pair(t);
  const received = near.recv(16);
  const waiting = poll([[near, POLLRDHUP]]);
  await far.send("hi");
  assert.equal(`${await received}`, "hi");
  const next = near.recv(16);
  far.close();
  assert.deepEqual(await waiting, [[near, POLLRDHUP]]);
  assert.equal((await next).length, 0);
});

test("octets that nobody reads do not hide the end of the stream", async (t) => {
  const [near, far] = await pair(t);
  await far.send("not read");
  await poll([[near, POLLIN]]);
  const waiting = poll([[near, POLLRDHUP]]);
  far.shutdown(SHUT_WR);
  assert.deepEqual(await waiting, [[near, POLLRDHUP]]);
  const both = poll([[near, 0]]);
  near.shutdown(SHUT_WR);
  assert.deepEqual(await both, [[near, events.POLLHUP]]);
});

test("what is urgent is heard of", async (t) => {
  const [near, far] = await pair(t);
  const waiting = poll([[near, POLLPRI]]);
  await far.send("!", MSG_OOB);
  assert.deepEqual(await waiting, [[near, POLLPRI]]);
});

test("what was taken for a call that was cancelled is there", async (t) => {
  const [near, far] = [fresh(t, AF_UNIX), fresh(t, AF_UNIX)];
  await far.bind("\0");
  far.listen(1);
  await near.connect(far.getsockname());
  const [served] = await far.accept();
  t.after(() => served.close());
  await served.send("ab");
  const reason = new AbortController();
  const all = near.recv(16, MSG_WAITALL, { signal: reason.signal });
  reason.abort();
  await assert.rejects(all);
  assert.deepEqual(await poll([[near, POLLIN | POLLOUT]]), [[near, POLLIN | POLLOUT]]);
  assert.equal(`${await near.recv(16)}`, "ab");
});

test("a socket that is closed, before or meanwhile, is none", async (t) => {
  const [near] = await pair(t);
  const waiting = poll([[near, POLLIN]]);
  near.close();
  assert.deepEqual(await waiting, [[near, POLLNVAL]]);
  assert.deepEqual(await poll([[near, POLLIN]]), [[near, POLLNVAL]]);
});

test("the time is up, the signal aborts: nobody is left who looks", async (t) => {
  const [near, far] = await pair(t);
  assert.deepEqual(await poll([[near, POLLIN]], 0.01), []);
  assert.deepEqual(await poll([], 0), []);
  const reason = new AbortController();
  const waiting = poll([[near, POLLIN]], null, { signal: reason.signal });
  reason.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await far.send("hi");
  assert.deepEqual(await poll([[near, POLLIN]]), [[near, POLLIN]]);
  near.shutdown(SHUT_RDWR);
});

test("a program goes on while it polls, and ends when there is nothing more to do", () => {
  const source = `
    const { createConnection, createServer } = require("./helpers/socket");
    const { POLLIN, poll } = require("./helpers/poll");
    (async () => {
      const listening = await createServer(["127.0.0.1", 0]);
      const near = await createConnection(listening.getsockname());
      const [far] = await listening.accept();
      setTimeout(() => far.send("hi"), 50).unref();
      console.log((await poll([[near, POLLIN], [listening, POLLIN]])).length);
    })();`;
  const args = ["--require", "ts-node/register/transpile-only", "--eval", source];
  const cwd = join(__dirname, "../..");
  assert.equal(execFileSync(process.execPath, args, { cwd, encoding: "utf8" }), "1\n");
});

test("who cannot look is refused; what a look throws keeps nobody waiting", async (t) => {
  const [near, far] = await pair(t);
  assert.throws(() => observe(near, { direction: READ } as never), /must be able to look/);
  const look = () => {
    throw new Error("evil");
  };
  const leave = observe(near, { direction: READ, look });
  const waiting = poll([[near, POLLIN]]);
  await far.send("hi");
  assert.deepEqual(await waiting, [[near, POLLIN]]);
  near.close();
  leave();
});

test("a full line of a listening socket gives room to nobody", async (t) => {
  const [, port] = await full(t);
  const sock = fresh(t);
  await begin(sock, port);
  assert.deepEqual(await poll([[sock, POLLOUT]], 0.2), []);
  assert.ok(portOf(sock) > 0);
});

test("what is no socket, no events, no time is refused", async (t) => {
  const sock = fresh(t);
  const wrong = poll as (...values: unknown[]) => Promise<unknown>;
  await assert.rejects(wrong(sock), /poll takes a list like \[\[sock, POLLIN\]\], not an object/);
  await assert.rejects(wrong([sock]), /an entry must be like \[sock, POLLIN\], not an object/);
  await assert.rejects(wrong([[3, POLLIN]]), /an entry must be like/);
  await assert.rejects(wrong([[sock, "in"]]), /the events must be an integer, not a string/);
  await assert.rejects(wrong([[sock, POLLIN]], -1), /the timeout must be from 0/);
});
