/** Why a connection, or an attempt at one, is over: the causes that fit what the socket has done, and no others. */
import assert from "node:assert/strict";
import { constants, networkInterfaces } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  type Address,
  AF_UNIX,
  IPPROTO_TCP,
  SHUT_RDWR,
  SHUT_WR,
  SO_LINGER,
  SOL_SOCKET,
  type Socket,
  socket,
  TCP_USER_TIMEOUT,
} from "../../helpers/socket";
import { tcpInfo } from "../../helpers/tcp-info";
import { connection, fresh, full, listen, pair } from "./peers/connection";
import { failure, words } from "./peers/failure";
import { folder } from "./peers/folder";
import { Python } from "./peers/python";
import { until } from "./peers/until";

const linux = process.platform === "linux";
const onlyLinux = { skip: linux ? false : "macOS reports some of these by other errors" };

const RESET = "Connection reset by peer. The other side broke the connection off:";
const UNREAD = "it closed without reading all that it was sent";
const UNACCEPTED = "it stopped listening before it accepted this one";
const LINGER = "it had set SO_LINGER to a time of 0 when it closed";
const RESTARTED = "its machine was started anew";

/** Closes by a reset. */
function breakOff(sock: Socket<number>): void {
  sock.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
  sock.close();
}

/** A socket of ours that is connected to a listening one, which is closed before it has accepted. */
async function unaccepted<Family extends number>(
  listening: Socket<Family>,
  client: Socket<Family>,
  address: Address,
): Promise<Socket<Family>> {
  await listening.bind(address);
  listening.listen();
  await client.connect(listening.getsockname() as Address);
  listening.close();
  return client;
}

test("a reset after octets were sent: they were not read", onlyLinux, async (t) => {
  const [client, served] = await pair(t);
  await client.send("unread");
  await served.recv(1);
  await served.send("x");
  assert.equal((await client.recv(1)).length, 1);
  served.close();
  assert.equal(await words(client.recv(1)), `recv ECONNRESET: ${RESET} ${UNREAD}, or ${LINGER}.`);
});

test("a reset before any: nothing was there to be read", onlyLinux, async (t) => {
  const [client, served] = await pair(t);
  breakOff(client);
  assert.equal(await words(served.recv(1)), `recv ECONNRESET: ${RESET} ${LINGER}.`);
});

test(
  "a reset of a client that has heard nothing: perhaps it was never accepted",
  onlyLinux,
  async (t) => {
    const client = await unaccepted(socket(), socket(), ["127.0.0.1", 0]);
    t.after(() => client.close());
    assert.equal(
      await words(client.recv(1)),
      `recv ECONNRESET: ${RESET} ${UNACCEPTED}, or ${LINGER}.`,
    );
    const python = new Python(t);
    const errno = await python.run<number>(`
    listening = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listening.getsockname())
    listening.close()
    try:
        number = len(client.recv(1))
    except OSError as error:
        number = error.errno
    number
  `);
    assert.equal(errno, constants.errno.ECONNRESET);
  },
);

test("a reset of a Unix-domain connection", onlyLinux, async (t) => {
  const client = await unaccepted(socket(AF_UNIX), socket(AF_UNIX), join(folder(t), "socket"));
  t.after(() => client.close());
  assert.equal(await words(client.recv(1)), `recv ECONNRESET: ${RESET} ${UNACCEPTED}.`);
});

test("only a machine that is not this one may have been started anew", onlyLinux, async (t) => {
  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal);
  if (!outside) return t.skip("this machine has no address but its loopback ones");
  const client = await unaccepted(socket(), socket(), [outside.address, 0]);
  t.after(() => client.close());
  assert.equal(
    await words(client.recv(1)),
    `recv ECONNRESET: ${RESET} ${UNACCEPTED}, ${LINGER}, or ${RESTARTED}.`,
  );
});

test("a peer that is killed is no reset, but an end", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.kill();
  assert.equal((await sock.recv(1)).length, 0);
});

test("a broken pipe: the other side has closed", onlyLinux, async (t) => {
  const [client, served] = await pair(t);
  served.close();
  await client.send("x");
  await until(() => tcpInfo(client)?.state === "CLOSE");
  assert.equal(
    await words(client.send("y")),
    "send EPIPE: Broken pipe. The other side has closed the connection: nothing more can be sent.",
  );
  assert.equal((await client.recv(1)).length, 0);
});

test("a broken pipe: this side has shut down", async (t) => {
  for (const how of [SHUT_WR, SHUT_RDWR]) {
    const [client] = await pair(t);
    client.shutdown(how);
    const expected =
      "send EPIPE: Broken pipe. This side has ended its sending by shutdown: nothing more can be sent.";
    assert.equal(await words(client.send("x")), expected);
    assert.equal(await words(client.sendall("x")), expected);
  }
});

test("a broken pipe: there never was a connection", onlyLinux, async (t) => {
  const sock = socket();
  t.after(() => sock.close());
  assert.equal(
    await words(sock.send("x")),
    "send EPIPE: Broken pipe. The socket was never connected: connect it first.",
  );
  assert.equal((await failure(sock.connect(["127.0.0.1", 1]))).code, "ECONNREFUSED");
  const none = "There is no connection: connect has failed with ECONNREFUSED.";
  assert.equal(await words(sock.send("x")), `send EPIPE: Broken pipe. ${none}`);
  const unconnected = "Transport endpoint is not connected.";
  assert.equal(await words(sock.recv(1)), `recv ENOTCONN: ${unconnected} ${none}`);
  const [listening, port] = await listen(t);
  await sock.connect(["127.0.0.1", port]);
  await listening.accept();
  assert.equal(await sock.send("x"), 1);
});

test("a broken pipe: a listening socket", onlyLinux, async (t) => {
  const [listening] = await listen(t);
  assert.equal(
    await words(listening.send("x")),
    "send EPIPE: Broken pipe. The socket listens: send on a connection that accept gives.",
  );
  assert.equal(
    await words(listening.recv(1)),
    "recv ENOTCONN: Transport endpoint is not connected. The socket listens: use a connection that accept gives.",
  );
});

test("what is over names the error that has ended it", onlyLinux, async (t) => {
  const [client, served] = await pair(t);
  breakOff(served);
  assert.equal((await failure(client.recv(1))).code, "ECONNRESET");
  const over = "The connection is over since recv has failed with ECONNRESET.";
  assert.equal(await words(client.send("x")), `send EPIPE: Broken pipe. ${over}`);
  for (const call of ["getpeername", "shutdown"] as const) {
    assert.equal(
      await words(() => (call === "shutdown" ? client.shutdown(SHUT_WR) : client.getpeername())),
      `${call} ENOTCONN: Transport endpoint is not connected. ${over}`,
    );
  }
});

test("what both sides have ended is not connected", onlyLinux, async (t) => {
  const [client, served] = await pair(t);
  served.shutdown(SHUT_WR);
  assert.equal((await client.recv(1)).length, 0);
  client.shutdown(SHUT_WR);
  await until(() => tcpInfo(client)?.state === "CLOSE");
  assert.equal(
    await words(() => client.getpeername()),
    "getpeername ENOTCONN: Transport endpoint is not connected. The connection is over: reset, or ended by both sides.",
  );
});

test("an attempt that goes on has a connection when it has come to one", onlyLinux, async (t) => {
  const [listening, port] = await listen(t);
  const sock = socket();
  t.after(() => sock.close());
  sock.setblocking(false);
  await sock.connect(["127.0.0.1", port]).catch(({ code }) => assert.equal(code, "EINPROGRESS"));
  (await listening.accept())[0].close();
  await until(() => tcpInfo(sock)?.state === "CLOSE_WAIT");
  assert.equal(await sock.send("x"), 1);
  await until(() => tcpInfo(sock)?.state === "CLOSE");
  assert.equal(
    await words(sock.send("y")),
    "send EPIPE: Broken pipe. The other side has closed the connection: nothing more can be sent.",
  );
});

test("an attempt that was given up is no connection that was reset", onlyLinux, async (t) => {
  const [, port] = await full(t);
  const address = ["127.0.0.1", port] as const;
  const reset = "send ECONNRESET: Connection reset by peer.";
  for (const begun of [false, true]) {
    const sock = fresh(t);
    const beginning = () => failure(sock.connect(address, { timeout: 0 }));
    if (begun) assert.equal((await beginning()).code, "EINPROGRESS");
    assert.equal((await failure(sock.connect(address, { timeout: 0.05 }))).name, "TimeoutError");
    const none = "There is no connection: connect has failed with ETIMEDOUT.";
    assert.equal(await words(sock.send("x")), `${reset} ${none}`);
    assert.equal(await words(sock.send("x")), `send EPIPE: Broken pipe. ${none}`);
  }
  const sock = fresh(t);
  const signal = AbortSignal.timeout(50);
  assert.equal((await failure(sock.connect(address, { signal }))).name, "TimeoutError");
  assert.equal(
    await words(sock.send("x")),
    `${reset} The attempt to connect was given up: connect again.`,
  );
  assert.equal(
    await words(sock.send("x")),
    "send EPIPE: Broken pipe. The socket was never connected: connect it first.",
  );
});

test("the caller's limit is a TimeoutError, after which the connection stands", async (t) => {
  const [client, served] = await pair(t);
  const error = await failure(client.recv(1, 0, { timeout: 0.05 }));
  assert.deepEqual(
    [error.name, error.code, error.message],
    ["TimeoutError", "ETIMEDOUT", "recv ETIMEDOUT: timed out after 0.05 s"],
  );
  assert.equal(Object.keys(error).includes("name"), false);
  assert.match(String(error.stack), /^TimeoutError: recv ETIMEDOUT: timed out/);
  await served.send("x");
  assert.equal((await client.recv(1)).length, 1);
  const signal = AbortSignal.timeout(10);
  assert.equal((await failure(client.recv(1, 0, { signal }))).name, error.name);
});

test("the system's limit is an Error, after which the connection is over", async (t) => {
  if (TCP_USER_TIMEOUT === undefined) return t.skip("this system has no TCP_USER_TIMEOUT");
  const [client] = await pair(t);
  // What the other side does not read keeps its window shut, and nothing of the rest is acknowledged.
  client.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 100);
  const error = await failure(client.sendall(Buffer.alloc(64 << 20)));
  assert.deepEqual(
    [error.name, error.code, error.message],
    [
      "Error",
      "ETIMEDOUT",
      "send ETIMEDOUT: Connection timed out. The other side has not answered for so long that the system has given the connection up: make a new one.",
    ],
  );
  assert.equal(
    await words(client.send("x")),
    "send EPIPE: Broken pipe. The connection is over since send has failed with ETIMEDOUT.",
  );
});
