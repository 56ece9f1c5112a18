/** Waiting for a server that starts late, or never. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connectWithin, listening, vacant } from "../../helpers/patience";
import { createServer as createListener, Socket, socket } from "../../helpers/socket";
import { CURRENT_CELL } from "../../interface/cell";
import { full, untilLeft } from "./peers/connection";
import { freePort } from "./peers/free-port";
import { heldLookups, LOOPBACK } from "./peers/held-lookups";
import { until } from "./peers/until";

/** Seconds, which no test of a server that comes waits for. */
const PATIENCE = 300;

/** A server of node:net on this port of the loopback, that sends a greeting; ends with the test. */
async function serve(t: TestContext, port = 0): Promise<Server> {
  const server = createServer((connection) => connection.end("hello"));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return server;
}

/** Counts the calls of a method on all sockets. */
function spyOn(t: TestContext, method: "connect" | "close"): () => number {
  const { mock } = t.mock.method(Socket.prototype, method);
  return () => mock.callCount();
}

test("a server that is there is connected to at once", async (t) => {
  const server = await serve(t);
  const { port } = server.address() as AddressInfo;
  const connects = spyOn(t, "connect");
  using sock = await connectWithin(PATIENCE, ["localhost", port]);
  assert.equal(connects(), 1);
  assert.equal((await sock.recv(16)).decode(), "hello");
});

test("a server that starts later is waited for, at most ten attempts a second, each refused socket closed", async (t) => {
  const port = await freePort();
  const connects = spyOn(t, "connect");
  const closes = spyOn(t, "close");
  const start = performance.now();
  const connecting = connectWithin(PATIENCE, ["127.0.0.1", port]);
  await until(() => connects() >= 5);
  const took = performance.now() - start;
  assert.ok(took >= 0.99 * 100 * (connects() - 1), `${connects()} attempts in ${took} ms`);
  await serve(t, port);
  using sock = await connecting;
  assert.equal(closes(), connects() - 1);
  assert.equal((await sock.recv(16)).decode(), "hello");
});

test("a name is looked up once, before the server's time begins", async (t) => {
  const port = await freePort();
  const connects = spyOn(t, "connect");
  const lookups = heldLookups(t);
  const connecting = connectWithin(PATIENCE, ["slow.invalid", port]);
  lookups[0].answer(LOOPBACK);
  await until(() => connects() >= 3);
  await serve(t, port);
  using sock = await connecting;
  assert.equal((await sock.recv(16)).decode(), "hello");
  assert.equal(lookups.length, 1);
});

test("the error of a server that never starts has the name that was asked for", async () => {
  const port = await freePort();
  await assert.rejects(connectWithin(0.3, ["localhost", port]), {
    address: "localhost",
    message: new RegExp(`^connect ECONNREFUSED localhost:${port}`),
  });
});

test("a server that never starts is given up when the time is up", async (t) => {
  const port = await freePort();
  const connects = spyOn(t, "connect");
  const closes = spyOn(t, "close");
  const start = performance.now();
  await assert.rejects(connectWithin(0.5, ["127.0.0.1", port]), { code: "ECONNREFUSED", port });
  assert.ok(performance.now() - start > 200);
  assert.equal(closes(), connects());
});

test("a server that does not answer is given up when the time is up", async (t) => {
  const [, port] = await full(t);
  const start = performance.now();
  await assert.rejects(connectWithin(0.5, ["127.0.0.1", port]), { code: "ETIMEDOUT", port });
  assert.ok(performance.now() - start > 400);
  await assert.rejects(connectWithin(Number.NaN, ["127.0.0.1", port]), RangeError);
});

test("what waiting does not mend is thrown at once", async (t) => {
  const connects = spyOn(t, "connect");
  const closes = spyOn(t, "close");
  await assert.rejects(connectWithin(PATIENCE, ["255.255.255.255", 10000]), { syscall: "connect" });
  assert.equal(connects(), 1);
  assert.equal(closes(), 1);
});

test("a connection to itself is not taken for the server", async (t) => {
  const port = await freePort();
  const connect = Socket.prototype.connect;
  const ends: string[] = [];
  // The system gives a socket the port that it connects to once in thousands of times; here the first time.
  t.mock.method(Socket.prototype, "connect").mock.mockImplementationOnce(async function (
    this: Socket,
    address,
  ) {
    await this.bind(address);
    await connect.call(this, address);
    ends.push(String(this.getsockname()), String(this.getpeername()));
    setImmediate(() => serve(t, port));
  });
  using sock = await connectWithin(PATIENCE, ["127.0.0.1", port]);
  assert.deepEqual(ends, [`127.0.0.1,${port}`, `127.0.0.1,${port}`]);
  assert.notDeepEqual(sock.getsockname(), sock.getpeername());
  assert.equal((await sock.recv(16)).decode(), "hello");
});

/** The test as a cell that is running. Returns what interrupts it. */
function runAsCell(t: TestContext): AbortController {
  const interrupt = new AbortController();
  const cell = { executionCount: 1, signal: interrupt.signal, onRerun: () => () => {} };
  Object.assign(globalThis, { [CURRENT_CELL]: () => cell });
  t.after(() => Reflect.deleteProperty(globalThis, CURRENT_CELL));
  return interrupt;
}

test("the interrupt of the cell ends it", async (t) => {
  const port = await freePort();
  const interrupt = runAsCell(t);
  const connects = spyOn(t, "connect");
  const closes = spyOn(t, "close");
  const connecting = connectWithin(PATIENCE, ["127.0.0.1", port]);
  setTimeout(() => interrupt.abort(), 250);
  await assert.rejects(connecting, { name: "AbortError" });
  assert.equal(closes(), connects());
});

test("who waits until somebody listens comes back at once, or later, and has not connected", async () => {
  const port = await freePort();
  let later = false;
  const waiting = listening(PATIENCE, ["localhost", port]).then(() => later);
  await sleep(300);
  later = true;
  using listener = await createListener(["127.0.0.1", port]);
  assert.equal(await waiting, true);
  await listening(0, listener.getsockname());
  await assert.rejects(listener.accept({ timeout: 0.1 }), { code: "ETIMEDOUT" });
});

test("a server at all addresses is one at this one, a server at another address is none", async () => {
  using everywhere = await createListener(["", 0]);
  await listening(0, ["127.0.0.3", everywhere.getsockname()[1]]);
  using elsewhere = await createListener(["127.0.0.2", 0]);
  const port = elsewhere.getsockname()[1];
  await assert.rejects(listening(0, ["127.0.0.1", port]), {
    message: `nobody listens at 127.0.0.1:${port}, waited for 0 s`,
  });
});

test("nobody comes to listen: that is said when the time is up", async () => {
  const port = await freePort();
  const start = performance.now();
  await assert.rejects(listening(0.5, ["127.0.0.1", port]), /^Error: nobody listens/);
  assert.ok(performance.now() - start > 200);
});

test("the interrupt of the cell ends the waiting for somebody who listens", async (t) => {
  const interrupt = runAsCell(t);
  const waiting = listening(PATIENCE, ["127.0.0.1", await freePort()]);
  setTimeout(() => interrupt.abort(), 250);
  await assert.rejects(waiting, { name: "AbortError" });
});

test("an address that a client has by chance is waited for, and left free", async () => {
  using client = socket();
  await client.bind(["127.0.0.1", 0]);
  const address = client.getsockname();
  let later = false;
  const waiting = vacant(PATIENCE, address).then(() => later);
  await sleep(300);
  later = true;
  client.close();
  assert.equal(await waiting, true);
  using heir = socket();
  await heir.bind(address);
});

test("the name of an address that is to become vacant is looked up once", async (t) => {
  using client = socket();
  await client.bind(["127.0.0.1", 0]);
  const [, port] = client.getsockname();
  const lookups = heldLookups(t);
  const waiting = vacant(PATIENCE, ["slow.invalid", port]);
  lookups[0].answer(LOOPBACK);
  await sleep(300);
  client.close();
  await waiting;
  assert.equal(lookups.length, 1);
});

test("an address that stays taken is given up when the time is up, a server's at once", async () => {
  using client = socket();
  await client.bind(["127.0.0.1", 0]);
  const start = performance.now();
  await assert.rejects(vacant(0.5, client.getsockname()), { code: "EADDRINUSE" });
  assert.ok(performance.now() - start > 200);
  using server = await createListener(["127.0.0.1", 0]);
  await assert.rejects(vacant(600, server.getsockname()), { code: "EADDRINUSE" });
  await assert.rejects(vacant(600, ["192.0.2.1", 50000]), { code: "EADDRNOTAVAIL" });
});

test("a port that an earlier run of the server has left in TIME_WAIT is vacant", async () => {
  const address = await served();
  using strict = socket();
  await assert.rejects(strict.bind(address), { code: "EADDRINUSE" });
  await vacant(0, address);
});

/** The address of a server with SO_REUSEADDR that has closed before its client did. */
async function served() {
  using server = await createListener(["127.0.0.1", 0]);
  using client = socket();
  await client.connect(server.getsockname());
  const [connection] = await server.accept();
  connection.close();
  await untilLeft(client);
  return server.getsockname();
}

test("a long wait says what it waits for, in one line that goes away", async (t) => {
  const port = await freePort();
  const shown: string[] = [];
  const display = (data: { "text/plain": string }) => void shown.push(data["text/plain"]);
  const cell = { display, signal: new AbortController().signal, onRerun: () => () => {} };
  const kernel = globalThis as { [CURRENT_CELL]?: () => unknown };
  kernel[CURRENT_CELL] = () => cell;
  t.after(() => {
    delete kernel[CURRENT_CELL];
  });
  const connecting = connectWithin(PATIENCE, ["127.0.0.1", port]);
  await until(() => shown.length > 0);
  await serve(t, port);
  using _sock = await connecting;
  assert.deepEqual(shown, [`waiting for a server at 127.0.0.1:${port}`, ""]);
});
