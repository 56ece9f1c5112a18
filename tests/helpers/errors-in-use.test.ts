/** Who holds an address that is in use, and what to do about it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer as createNetServer } from "node:net";
import { constants } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fromLsof, fromProc } from "../../helpers/posix/address-holder";
import { fromProcNet } from "../../helpers/posix/proc-net";
import {
  AF_INET,
  AF_INET6,
  createServer,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../helpers/socket";
import { listen, portOf, untilLeft } from "./peers/connection";
import { failure, words } from "./peers/failure";
import { folder } from "./peers/folder";
import { without } from "./peers/ipv6";
import { run } from "./peers/program";
import { Python } from "./peers/python";
import { until } from "./peers/until";

const linux = process.platform === "linux";
const onlyLinux = { skip: linux ? false : "it rests on /proc" };

/** A new socket, closed when the test ends. */
function asking(t: TestContext, reuses = false): Socket {
  const sock = socket();
  t.after(() => sock.close());
  if (reuses) sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  return sock;
}

/** Waits until the system has a connection of this port in that state. */
function stateAt(port: number, state: string): Promise<void> {
  return until(() =>
    fromProcNet(["tcp"]).some((row) => row.local[1] === port && row.state === state),
  );
}

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
  await untilLeft(client);
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

const IN_USE = "Address already in use.";

/** The port of a server of ours that has served one connection, closed it first, and is gone. */
async function served(t: TestContext): Promise<number> {
  const [listening, port] = await listen(t);
  const client = socket();
  await client.connect(["127.0.0.1", port]);
  const [conn] = await listening.accept();
  listening.close();
  conn.close();
  await untilLeft(client);
  client.close();
  await stateAt(port, "TIME_WAIT");
  return port;
}

test("TIME_WAIT: set SO_REUSEADDR, and wait where that is set already", onlyLinux, async (t) => {
  const port = await served(t);
  const where = `bind EADDRINUSE 127.0.0.1:${port}: ${IN_USE}`;
  const kept = "and the system keeps its address in TIME_WAIT for up to a minute";
  assert.equal(
    await words(asking(t).bind(["127.0.0.1", port])),
    `${where} A connection at that port has ended, ${kept}. Set SO_REUSEADDR before bind, each time, or wait.`,
  );
  assert.equal(
    await words(asking(t, true).bind(["127.0.0.1", port])),
    `${where} A connection at that port has ended, ${kept}. This socket has set SO_REUSEADDR, and that of the connection had not: wait.`,
  );
  const python = new Python(t);
  const errno = await python.run<number>(`
    try:
        number = socket.create_server(("127.0.0.1", ${port})).fileno()
    except OSError as error:
        number = error.errno
    number
  `);
  assert.equal(errno, constants.errno.EADDRINUSE);
});

test("a client's connection is not one that was served there", onlyLinux, async (t) => {
  const [listening, port] = await listen(t);
  const client = socket();
  await client.connect(["127.0.0.1", port]);
  const [conn] = await listening.accept();
  const clients = portOf(client);
  client.close(); // The client first, so that TIME_WAIT is at its port.
  await untilLeft(conn);
  conn.close();
  await stateAt(clients, "TIME_WAIT");
  const expected = `bind EADDRINUSE 127.0.0.1:${clients}: ${IN_USE} A client's connection from that port has ended, and the system keeps its address in TIME_WAIT for up to a minute: wait, or choose another port.`;
  for (const reuses of [false, true]) {
    assert.equal(await words(asking(t, reuses).bind(["127.0.0.1", clients])), expected);
  }
});

test("a connection that stands is named with its other end", onlyLinux, async (t) => {
  const [, port] = await listen(t);
  const python = new Python(t);
  const [clients, pid, name] = await python.run<[number, number, string]>(`
    client = socket.create_connection(("127.0.0.1", ${port}))
    [client.getsockname()[1], os.getpid(), open("/proc/self/comm").read().strip()]
  `);
  assert.equal(
    await words(asking(t).bind(["127.0.0.1", clients])),
    `bind EADDRINUSE 127.0.0.1:${clients}: ${IN_USE} Process ${pid} (${name}) has a connection from there to 127.0.0.1:${port}: it has to end first, or choose another port.`,
  );
});

test("FIN_WAIT2: closed here, and not by the other side", onlyLinux, async (t) => {
  for (const reuses of [false, true]) {
    const [listening, port] = await listen(t);
    const client = socket();
    t.after(() => client.close());
    await client.connect(["127.0.0.1", port]);
    const [conn] = await listening.accept();
    listening.close();
    conn.close();
    await stateAt(port, "FIN_WAIT2");
    const remedy = reuses
      ? "This socket has set SO_REUSEADDR, and that of the connection had not: wait"
      : "Set SO_REUSEADDR before bind, each time, or wait";
    assert.equal(
      await words(asking(t, reuses).bind(["127.0.0.1", port])),
      `bind EADDRINUSE 127.0.0.1:${port}: ${IN_USE} A connection at that port was closed here and not by the other side, and the system keeps its address in FIN_WAIT2 for up to a minute. ${remedy}.`,
    );
  }
});

test("without a descriptor left, the address is in use all the same", onlyLinux, (t) => {
  const source = `
    const { AF_UNIX, socket } = sockets;
    const server = require("node:net").createServer().listen(0, "127.0.0.1");
    await new Promise((listens) => server.once("listening", listens));
    const address = ["127.0.0.1", server.address().port];
    const [first, second, holder, third] = [socket(), socket(), socket(AF_UNIX), socket(AF_UNIX)];
    await holder.bind(args[0]);
    await failed(() => first.bind(address));
    holder.close();
    await failed(() => { for (const all = []; ; ) all.push(socket()); });
    await failed(() => second.bind(address));
    await failed(() => third.bind(args[0]));`;
  const path = join(folder(t), "left");
  const few = ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh"];
  const { lines, stderr } = run(source, [path], few);
  const [seen, none, ...others] = lines;
  const [, where] = /^bind EADDRINUSE (127\.0\.0\.1:\d+): .* holds it/.exec(seen) ?? [];
  assert.ok(where, `${seen}\n${stderr}`);
  assert.match(none, /^socket EMFILE: /);
  const cannot = "Who holds it cannot be looked up: this program has too many descriptors open.";
  assert.deepEqual(others, [
    `bind EADDRINUSE ${where}: ${IN_USE} ${cannot}`,
    `bind EADDRINUSE ${path}: ${IN_USE} ${cannot}`,
  ]);
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
