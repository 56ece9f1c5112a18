/** What goes wrong, and in which words: the errors of the system, and who holds an address. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createNetServer } from "node:net";
import { constants, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fromLsof, fromProc } from "../../helpers/posix/address-holder";
import { resolverError } from "../../helpers/posix/system-error";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createServer,
  EAI_AGAIN,
  IPPROTO_UDP,
  SHUT_WR,
  SO_ERROR,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type SystemError,
  socket,
} from "../../helpers/socket";
import { connection, listen, portOf } from "./peers/connection";
import { Python } from "./peers/python";

const linux = process.platform === "linux";
const ipv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.family === "IPv6");
const without = { skip: ipv6 ? false : "this system has no IPv6" };

/** A bound port where nobody listens. */
async function deaf(t: TestContext): Promise<number> {
  const sock = socket();
  t.after(() => sock.close());
  await sock.bind(["127.0.0.1", 0]);
  return portOf(sock);
}

async function failure(call: Promise<unknown>): Promise<SystemError> {
  try {
    await call;
  } catch (error) {
    return error as SystemError;
  }
  assert.fail("it succeeded");
}

test("an error has Node's properties, the system's words, advice, and the caller's frame", async (t) => {
  const port = await deaf(t);
  const sock = socket();
  t.after(() => sock.close());
  const connecting = async () => await sock.connect(["127.0.0.1", port]);
  const error = await failure(connecting());
  const { code, errno, syscall, address } = error;
  assert.deepEqual(
    { code, errno, syscall, address, port: error.port },
    {
      code: "ECONNREFUSED",
      errno: -constants.errno.ECONNREFUSED,
      syscall: "connect",
      address: "127.0.0.1",
      port,
    },
  );
  assert.match(
    error.message,
    /^connect ECONNREFUSED 127\.0\.0\.1:\d+: Connection refused\. .*start the server first/,
  );
  assert.match(error.stack ?? "", /async connecting .*errors\.test\.ts/);
  assert.doesNotMatch(error.stack ?? "", /errors\.ts/);
});

test("an error that comes while a call waits has the caller's frame too", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const waiting = async () => await sock.recv(1);
  const [error] = await Promise.all([
    failure(waiting()),
    python.run(`
      peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
      peer.close()
    `),
  ]);
  assert.equal(error.code, "ECONNRESET");
  assert.match(error.stack ?? "", /async waiting .*errors\.test\.ts/);
});

test("calls in the wrong state say what to do", async (t) => {
  const [listening] = await listen(t);
  const sock = socket();
  t.after(() => sock.close());
  assert.match((await failure(sock.recv(1))).message, /^recv ENOTCONN: .*Connect the socket first/);
  assert.match(
    (await failure(sock.accept())).message,
    /^accept EINVAL: .*call bind and listen first/,
  );
  assert.match(
    (await failure(listening.bind(["127.0.0.1", 0]))).message,
    /bind EINVAL 127.0.0.1:0: .*already/,
  );
  assert.throws(() => sock.shutdown(0), { code: "ENOTCONN", syscall: "shutdown" });
  assert.throws(() => sock.getsockopt(12345, 1), { code: "EOPNOTSUPP" });
  assert.throws(() => sock.getsockopt(SOL_SOCKET, 12345), { code: "ENOPROTOOPT" });
  assert.throws(() => sock.setsockopt(SOL_SOCKET, SO_ERROR, 1), { code: "ENOPROTOOPT" });
  assert.throws(() => socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), {
    code: "EPROTONOSUPPORT",
    syscall: "socket",
  });
  assert.throws(() => socket(12345), { code: "EAFNOSUPPORT" });
  assert.match(
    (await failure(sock.bind(["192.0.2.1", 0]))).message,
    /EADDRNOTAVAIL 192\.0\.2\.1:0: .*no such address/,
  );
});

test("the advice may be a question", () => {
  const { message } = resolverError({ error: EAI_AGAIN, failure: 0 }, "example.org", 80);
  assert.match(message, /is there a network\?$/);
});

test("a connection that is over is not connected, as one that never was", async (t) => {
  const python = new Python(t);
  const reset = await connection(t, python);
  await python.run(`
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
  `);
  await failure(reset.recv(1));
  const over = { code: "ENOTCONN", message: /If it was connected, the connection is over: reset/ };
  assert.throws(() => reset.getpeername(), over);
  assert.throws(() => reset.shutdown(SHUT_WR), over);
});

test("the commonest cause is named first", async (t) => {
  const sock = socket();
  t.after(() => sock.close());
  assert.match((await failure(sock.send("to nobody"))).message, /^send EPIPE: .*never connected/);
  const datagrams = socket(AF_INET, SOCK_DGRAM);
  t.after(() => datagrams.close());
  const error = await failure(datagrams.sendto("to all", ["127.255.255.255", 9]));
  assert.match(error.message, /^sendto EACCES 127\.255\.255\.255:9: .*SO_BROADCAST/);
  assert.match((await failure(sock.recv(1, 0, { timeout: 0.3 - 0.1 }))).message, /ENOTCONN/);
  const [listening] = await listen(t);
  assert.match(
    (await failure(listening.accept({ timeout: 0.3 - 0.1 }))).message,
    /timed out after 0\.2 s$/,
  );
});

test("the timeout and the closed socket say so", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  sock.settimeout(0.05);
  assert.equal(sock.gettimeout(), 0.05);
  assert.equal((await failure(sock.recv(1))).message, "recv ETIMEDOUT: timed out after 0.05 s");
  assert.equal((await failure(sock.recv(1, 0, { timeout: 0 }))).code, "EAGAIN");
  sock.settimeout(null);
  assert.equal(sock.gettimeout(), null);
  sock.setblocking(false);
  assert.equal(sock.gettimeout(), 0);
  assert.match(
    (await failure(sock.recv(1))).message,
    /^recv EAGAIN: Resource temporarily unavailable/,
  );
  sock.setblocking(true);
  const waiting = failure(sock.recv(1));
  sock.close();
  assert.equal((await waiting).message, "recv EBADF: it was closed while the call waited");
  assert.equal((await failure(sock.recv(1))).message, "recv EBADF: the socket is closed");
  assert.equal((await failure(sock.recv(1))).errno, -constants.errno.EBADF);
});

test("an address in use is held by an earlier socket of this program", async (t) => {
  const earlier = socket();
  t.after(() => earlier.close());
  await earlier.bind(["127.0.0.1", 0]);
  const later = socket();
  t.after(() => later.close());
  for (const host of ["127.0.0.1", "localhost", ""]) {
    const error = await failure(later.bind([host, portOf(earlier)]));
    assert.equal(error.code, "EADDRINUSE");
    assert.equal(error.port, portOf(earlier));
    assert.match(
      error.message,
      new RegExp(
        `Address already in use\\. An earlier socket of this program holds it \\(descriptor ${earlier.fileno()}\\)`,
      ),
    );
  }
});

test("a socket for IPv6 only does not hold an address of IPv4", without, async (t) => {
  const earlier = await createServer(["::", 0], { family: AF_INET6 });
  t.after(() => earlier.close());
  const python = new Python(t);
  await python.run(`holding = socket.create_server(("0.0.0.0", ${portOf(earlier)}))`);
  const pid = await python.run<number>("os.getpid()");
  const later = socket();
  t.after(() => later.close());
  const error = await failure(later.bind(["0.0.0.0", portOf(earlier)]));
  assert.match(error.message, new RegExp(`Process ${pid} \\(`));
  assert.doesNotMatch(error.message, /earlier socket of this program/);
});

test("an address in use is held by another process, by its number", async (t) => {
  const python = new Python(t);
  const [port, pid] = await python.run<number[]>(`
    listening = socket.create_server(("127.0.0.1", 0))
    [listening.getsockname()[1], os.getpid()]
  `);
  const sock = socket();
  t.after(() => sock.close());
  const error = await failure(sock.bind(["127.0.0.1", port]));
  assert.match(error.message, new RegExp(`Process ${pid} \\(python[\\d.]*\\) holds it`));
});

test("an IPv4 address is held by a socket of IPv6 that has it mapped", async (t) => {
  const python = new Python(t);
  const source = `
    listening = socket.socket(socket.AF_INET6)
    listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listening.bind(("::ffff:127.0.0.1", 0))
    listening.listen()
    [listening.getsockname()[1], os.getpid()]
  `;
  const [port, pid] = await python.run<number[]>(source).catch(() => []);
  if (port === undefined) return t.skip("this system has no IPv6");
  const sock = socket();
  t.after(() => sock.close());
  const error = await failure(sock.bind(["127.0.0.1", port]));
  assert.match(error.message, new RegExp(`Process ${pid} \\(python[\\d.]*\\) holds it`));
  const other = socket();
  t.after(() => other.close());
  await other.bind(["127.0.0.2", port]);
});

test("an address in use is held by a server of node:net in this program", async (t) => {
  const server = createNetServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((listens) => server.once("listening", listens));
  const sock = socket();
  t.after(() => sock.close());
  const port = (server.address() as { port: number }).port;
  const error = await failure(sock.bind(["", port]));
  assert.match(
    error.message,
    new RegExp(`Another socket of this program holds it \\(process ${process.pid}\\)`),
  );
});

test("an address in use is held by connections in TIME_WAIT; SO_REUSEADDR helps", async (t) => {
  const [listening, port] = await listen(t);
  const client = socket();
  await client.connect(["127.0.0.1", port]);
  const [conn] = await listening.accept();
  conn.close(); // This side first.
  assert.equal((await client.recv(1)).length, 0);
  client.close();
  listening.close();
  const again = socket();
  t.after(() => again.close());
  const error = await failure(again.bind(["127.0.0.1", port]));
  assert.equal(error.code, "EADDRINUSE");
  assert.match(error.message, linux ? /TIME_WAIT for up to a minute/ : /a short while ago/);
  again.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  // The connection in TIME_WAIT was of a socket without the option, so this one may not have its address either.
  assert.equal((await failure(again.bind(["127.0.0.1", port]))).code, "EADDRINUSE");
});

test("where a program listens, earlier connections in TIME_WAIT are not the reason", async (t) => {
  const python = new Python(t);
  const [port, pid] = await python.run<number[]>(`
    listening = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listening.getsockname())
    served = listening.accept()[0]
    served.close()
    client.close()
    [listening.getsockname()[1], os.getpid()]
  `);
  const sock = socket();
  t.after(() => sock.close());
  sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  const { message } = await failure(sock.bind(["127.0.0.1", port]));
  assert.match(message, new RegExp(`Process ${pid} \\(.*choose another port\\.$`));
});

test("two sockets with SO_REUSEADDR may bind, and listen tells who listens already", async (t) => {
  const socks = [socket(), socket()];
  for (const sock of socks) {
    t.after(() => sock.close());
    sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  }
  await socks[0].bind(["127.0.0.1", 0]);
  await socks[1].bind(socks[0].getsockname());
  socks[0].listen();
  assert.throws(() => socks[1].listen(), {
    code: "EADDRINUSE",
    syscall: "listen",
    message: /An earlier socket of this program/,
  });
});

test("a datagram socket's address in use, and a path", async (t) => {
  const python = new Python(t);
  const [port, pid] = await python.run<number[]>(`
    peer = socket.socket(type=socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    [peer.getsockname()[1], os.getpid()]
  `);
  const sock = socket(AF_INET, SOCK_DGRAM);
  t.after(() => sock.close());
  assert.match(
    (await failure(sock.bind(["127.0.0.1", port]))).message,
    new RegExp(`Process ${pid} `),
  );

  const folder = mkdtempSync(join(tmpdir(), "helpers-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "held");
  await python.run(`
    held = socket.socket(socket.AF_UNIX)
    held.bind(${JSON.stringify(path)})
    held.listen()
  `);
  const unix = socket(AF_UNIX);
  t.after(() => unix.close());
  assert.match((await failure(unix.bind(path))).message, new RegExp(`Process ${pid} `));
  await python.run("held.close()");
  const left = await failure(unix.bind(path));
  assert.equal(left.address, path);
  assert.match(left.message, /if an earlier one has left the file, delete it and bind again/);
  writeFileSync(join(folder, "plain"), "");
  assert.match(
    (await failure(unix.bind(join(folder, "plain")))).message,
    /a file of this name, which is no socket: choose another one/,
  );
});

test("lsof, which a Mac asks, gives the same holder as /proc", {
  skip: !linux && "no /proc",
}, async (t) => {
  if (spawnSync("lsof", ["-v"]).error) return t.skip("lsof is not installed");
  const python = new Python(t);
  const port = await python.run<number>(`
    listening = socket.create_server(("127.0.0.1", 0))
    listening.getsockname()[1]
  `);
  const address = ["127.0.0.1", port] as const;
  const seen = fromProc(AF_INET, SOCK_STREAM, address);
  assert.equal(seen.length, 1);
  assert.deepEqual(fromLsof(SOCK_STREAM, address), seen);
});
