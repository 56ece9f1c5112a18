/** A `bind` or `connect` that nobody awaits: a numeric address is used at once, and a name makes the other calls wait. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { inspect } from "node:util";
import { netstat } from "../../helpers/netstat";
import { DISPLAY, type Displayable } from "../../helpers/show/display";
import {
  type Address,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  recvall,
  SHUT_RDWR,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../helpers/socket";
import { tcpStates } from "../../helpers/states";
import { full, listen, portOf } from "./peers/connection";
import { heldLookups, LOOPBACK } from "./peers/held-lookups";

function ofFamily<Family extends number>(t: TestContext, family: Family): Socket<Family> {
  const sock = socket(family, SOCK_STREAM);
  t.after(() => sock.close());
  return sock;
}

for (const [name, family, address, expected] of [
  ["a numeric address", AF_INET, ["127.0.0.1", 0], "127.0.0.1"],
  ["a numeric IPv6 address", AF_INET6, ["::1", 0], "::1"],
  ["the empty host, all addresses,", AF_INET, ["", 0], "0.0.0.0"],
  ["a name of the Unix domain", AF_UNIX, `\0not awaited ${process.pid}`, "\0"],
] as [string, number, Address, string][]) {
  test(`${name} is bound when the call returns`, async (t) => {
    const sock = ofFamily(t, family);
    const bound = sock.bind(address);
    const [host, port] = sock.getsockname();
    assert.equal(host, expected);
    assert.notEqual(port, 0);
    await bound;
  });
}

test("a server that forgets to await bind listens where it should, and nowhere else", async (t) => {
  const sock = ofFamily(t, AF_INET);
  const bound = sock.bind(["127.0.0.1", 0]);
  sock.listen();
  const [host, port] = sock.getsockname();
  assert.equal(host, "127.0.0.1");
  const rows = netstat(port, "LISTEN");
  assert.deepEqual(
    rows.map(({ local }) => local),
    [["127.0.0.1", port]],
  );
  await bound;
});

test("an error of bind rejects the promise, and the call does not throw", async (t) => {
  const [listening] = await listen(t);
  const sock = ofFamily(t, AF_INET);
  for (const [address, error] of [
    [listening.getsockname(), { code: "EADDRINUSE" }],
    [["127.0.0.1", 70_000], { name: "RangeError" }],
    ["/a/path", { name: "TypeError" }],
  ] as [Address, object][]) {
    const bound = sock.bind(address);
    await assert.rejects(bound, error);
  }
});

/** The calls that need the address, or the connection, that is still to come. */
const REFUSED: Record<string, (sock: Socket) => unknown> = {
  listen: (sock) => sock.listen(),
  getsockname: (sock) => sock.getsockname(),
  getpeername: (sock) => sock.getpeername(),
  accept: (sock) => sock.accept({ timeout: 0 }),
  recv: (sock) => sock.recv(1, 0, { timeout: 0 }),
  recvfrom: (sock) => sock.recvfrom(1, 0, { timeout: 0 }),
  recvInto: (sock) => sock.recvInto(new Uint8Array(1), 1, 0, { timeout: 0 }),
  send: (sock) => sock.send("x", 0, { timeout: 0 }),
  sendall: (sock) => sock.sendall("x", 0, { timeout: 0 }),
  sendto: (sock) => sock.sendto("x", ["127.0.0.1", 9], { timeout: 0 }),
  bind: (sock) => sock.bind(["127.0.0.1", 0]),
  connect: (sock) => sock.connect(["127.0.0.1", 9], { timeout: 0 }),
};

async function assertRefused(sock: Socket, earlier: string, host: string, port: number) {
  for (const [syscall, call] of Object.entries(REFUSED)) {
    await assert.rejects(async () => await call(sock), {
      name: "Error",
      message:
        `${syscall} ERR_NOT_AWAITED ${host}:${port}: ` +
        `${earlier} has not come back: await it, then call ${syscall}`,
      code: "ERR_NOT_AWAITED",
      syscall,
      address: host,
      port,
    });
  }
}

test("while the name of bind is looked up, calls that need the address are refused", async (t) => {
  const asked = heldLookups(t);
  const sock = ofFamily(t, AF_INET);
  const bound = sock.bind(["slow.invalid", 0]);
  await assertRefused(sock, "bind", "slow.invalid", 0);
  asked[0].answer(LOOPBACK);
  await bound;
  assert.equal(sock.getsockname()[0], "127.0.0.1");
  sock.listen();
});

test("while a connect to a name is under way, calls that need the connection are refused", async (t) => {
  const [listening, port] = await full(t);
  const asked = heldLookups(t);
  const sock = ofFamily(t, AF_INET);
  const connected = sock.connect(["slow.invalid", port]);
  await assertRefused(sock, "connect", "slow.invalid", port);
  asked[0].answer(LOOPBACK);
  if (process.platform === "linux") {
    // The queue of the server is full: the name is found by now, and the connection waits.
    while (netstat(port, "SYN_SENT").length === 0) await new Promise(setImmediate);
  }
  await assertRefused(sock, "connect", "slow.invalid", port);
  (await listening.accept())[0].close();
  await connected;
  assert.equal(sock.getpeername()[1], port);
  await sock.sendall("x");
});

test("what fails is no longer under way", async (t) => {
  const asked = heldLookups(t);
  const sock = ofFamily(t, AF_INET);
  for (const call of [
    () => sock.bind(["unknown.invalid", 0]),
    () => sock.connect(["unknown.invalid", 9]),
  ]) {
    const failing = call();
    asked.splice(0)[0].answer();
    await assert.rejects(failing, { code: "EAI_NONAME" });
    assert.equal(portOf(sock), 0);
  }
  const controller = new AbortController();
  const aborted = sock.connect(["slow.invalid", 9], { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  assert.equal(portOf(sock), 0);
  for (const { answer } of asked) answer();
});

test("an attempt that the system goes on with is not under way: connect has come back", async (t) => {
  const [listening, port] = await full(t);
  const sock = ofFamily(t, AF_INET);
  sock.setblocking(false);
  await assert.rejects(sock.connect(["localhost", port]), { code: "EINPROGRESS" });
  assert.notEqual(portOf(sock), 0);
  await assert.rejects(sock.connect(["localhost", port]), { code: "EALREADY" });
  sock.setblocking(true);
  const received = sock.recv(5);
  (await listening.accept())[0].close();
  await sock.connect(["localhost", port]);
  const [served] = await listening.accept();
  await served.sendall("hello");
  served.close();
  assert.equal(String(await received), "hello");
});

test("close ends the wait for a name, without its answer", async (t) => {
  const asked = heldLookups(t);
  for (const begin of [
    (sock: Socket) => sock.bind(["slow.invalid", 0]),
    (sock: Socket) => sock.connect(["slow.invalid", 9]),
  ]) {
    const sock = ofFamily(t, AF_INET);
    const call = begin(sock);
    sock.close();
    assert.throws(() => sock.getsockname(), { code: "EBADF" });
    await assert.rejects(call, { code: "EBADF", message: /it was closed while the call waited/ });
    await assert.rejects(sock.recv(1), { code: "EBADF" });
  }
  for (const { answer } of asked) answer(LOOPBACK);
});

test("meanwhile the socket can be shown, set up and shut down", async (t) => {
  const asked = heldLookups(t);
  const sock = ofFamily(t, AF_INET);
  const bound = sock.bind(["slow.invalid", 0]);
  sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_REUSEADDR), 1);
  assert.throws(() => sock.shutdown(SHUT_RDWR), { code: "ENOTCONN" });
  assert.match(inspect(sock), /^<Socket fd=\d+ AF_INET SOCK_STREAM/);
  const shown = (sock as unknown as Displayable)[DISPLAY]();
  assert.match(String(shown["text/plain"]), /AF_INET/);
  assert.match(String(tcpStates(sock)), /^States of /);
  asked[0].answer(LOOPBACK);
  await bound;
});

test("a numeric connect that waits: what is sent goes after it, and a recv waits beside it", async (t) => {
  const [listening, port] = await full(t);
  const sock = ofFamily(t, AF_INET);
  const connected = sock.connect(["127.0.0.1", port]);
  const received = sock.recv(16);
  const sent = sock.send("Hi there");
  (await listening.accept())[0].close();
  const [served] = await listening.accept();
  t.after(() => served.close());
  assert.equal(String(await recvall(served, 8)), "Hi there");
  await served.sendall("Hello");
  assert.equal(await connected, undefined);
  assert.equal(await sent, 8);
  assert.equal(String(await received), "Hello");
});
