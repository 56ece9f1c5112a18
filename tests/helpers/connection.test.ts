/** createConnection, createServer and recvall, against Python's functions of these names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  AF_INET,
  AF_INET6,
  createConnection,
  createServer,
  EOFError,
  getConstants,
  IPPROTO_TCP,
  recvall,
  repr,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
  type SystemError,
  socket,
} from "../../helpers/socket";
import { connection, listen, portOf } from "./peers/connection";
import { failure, words } from "./peers/failure";
import { Python } from "./peers/python";

test("createConnection to a Python server: family, type and protocol are those of the text", async (t) => {
  const python = new Python(t);
  const port = await python.run<number>(`
    listening = socket.create_server(("127.0.0.1", 0))
    listening.getsockname()[1]
  `);
  const sock = await createConnection(["localhost", port]);
  t.after(() => sock.close());
  assert.equal(getConstants("AF_")[sock.family], "AF_INET");
  assert.equal(getConstants("SOCK_")[sock.type], "SOCK_STREAM");
  assert.equal(getConstants("IPPROTO_")[sock.proto], "IPPROTO_TCP");
  assert.equal(sock.gettimeout(), null);
  await sock.sendall("easy");
  assert.equal(await python.run("listening.accept()[0].recv(100).decode()"), "easy");
});

test("the timeout stays with the socket, the source address is its own", async (t) => {
  const [listening, port] = await listen(t);
  const sock = await createConnection(["127.0.0.1", port], {
    timeout: 5,
    sourceAddress: ["127.0.0.2", 0],
  });
  t.after(() => sock.close());
  assert.equal(sock.gettimeout(), 5);
  assert.equal(sock.getsockname()[0], "127.0.0.2");
  const [conn, address] = await listening.accept();
  conn.close();
  assert.deepEqual(address, sock.getsockname());
  await assert.rejects(createConnection(["127.0.0.1", port], { sourceAddress: ["192.0.2.1", 0] }), {
    name: "AggregateError",
    code: "EADDRNOTAVAIL",
  });
});

test("each address is tried in turn", async (t) => {
  const six = await createServer(["::1", 0], { family: AF_INET6 }).catch(() => undefined);
  if (!six) return t.skip("this system has no IPv6");
  t.after(() => six.close());
  // Of the two loopback addresses that no host stands for, whichever comes first, one refuses.
  const sock = await createConnection([null, portOf(six)]);
  t.after(() => sock.close());
  assert.equal(sock.family, AF_INET6);
  const [listening, port] = await listen(t);
  const other = await createConnection([null, port]);
  t.after(() => other.close());
  assert.equal(other.family, AF_INET);
  assert.deepEqual((await listening.accept())[1], other.getsockname());
});

test("no host is this machine, as in Python", async (t) => {
  const python = new Python(t);
  const [, port] = await listen(t);
  const theirs = await python.run(`list(socket.create_connection((None, ${port})).getpeername())`);
  using sock = await createConnection([null, port]);
  assert.deepEqual(sock.getpeername(), theirs);
  await assert.rejects(createConnection([null, 1]), /no connection to this machine, 1: /);
});

test("all errors come in an AggregateError, with the properties of the last", async () => {
  const deaf = socket();
  await deaf.bind(["127.0.0.1", 0]);
  const port = portOf(deaf);
  const error = await createConnection([null, port]).then(
    () => assert.fail("it connected"),
    (error: AggregateError & SystemError) => error,
  );
  deaf.close();
  assert.ok(error instanceof AggregateError);
  assert.deepEqual([error.code, error.syscall], ["ECONNREFUSED", "connect"]);
  assert.ok(error.errors.length >= 1);
  for (const each of error.errors) assert.equal(each.port, port);
  await assert.rejects(createConnection(["no-such-host.invalid", 1]), {
    code: /^EAI_(NONAME|AGAIN)$/,
  });
});

test("what all attempts say is said once, in the message and by whoever prints it", async () => {
  const deaf = socket();
  await deaf.bind(["127.0.0.1", 0]);
  const port = portOf(deaf);
  const refused =
    "Connection refused. Nothing listens there: start the server first, or check the address.";
  const error = await failure(createConnection([null, port]));
  const wheres = (error as unknown as AggregateError).errors.map(({ address, port }) =>
    address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
  );
  const text = `no connection to this machine, ${port}: connect ECONNREFUSED ${wheres.join(" and ")}: ${refused}`;
  assert.equal(error.message, text);
  assert.equal(inspect(error).split(refused).length, 2);
  assert.match(inspect(error), /^AggregateError: no connection .*code: 'ECONNREFUSED'/s);
  assert.match(String(error.stack), /connection\.test\.ts/);
  assert.ok(
    (await words(createConnection(["127.0.0.1", port]))).startsWith(
      `no connection to 127.0.0.1:${port}: connect `,
    ),
  );
  deaf.close();

  const source = { sourceAddress: ["no-such-host.invalid", 0] as const };
  const { message } = await failure(createConnection([null, port], source));
  assert.equal(message.split("getaddrinfo EAI_").length, 2);
});

test("an aborted createConnection gives the reason, and leaves no socket", async (t) => {
  const [listening, port] = await listen(t, 0);
  const filler = await createConnection(["127.0.0.1", port]);
  t.after(() => filler.close());
  const probe = socket();
  probe.close();
  const reason = new Error("enough");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  await assert.rejects(
    createConnection(["127.0.0.1", port], { signal: controller.signal }),
    (error) => error === reason,
  );
  await assert.rejects(createConnection(["127.0.0.1", port], { timeout: 0.05 }), {
    code: "ETIMEDOUT",
  });
  const free = socket();
  assert.equal(free.fileno() <= filler.fileno() + 2, true);
  free.close();
  assert.equal((await listening.accept())[0].close(), undefined);
});

test("createServer listens with SO_REUSEADDR, so that it can be started again at once", async (t) => {
  const python = new Python(t);
  const server = await createServer(["127.0.0.1", 0]);
  const port = portOf(server);
  assert.equal(server.getsockopt(SOL_SOCKET, SO_REUSEADDR), 1);
  await python.run(`peer = socket.create_connection(("127.0.0.1", ${port}))`);
  const [conn] = await server.accept();
  conn.close();
  server.close();
  assert.equal(await python.run("peer.recv(1); peer.close(); 'closed'"), "closed");
  const again = await createServer(["127.0.0.1", port], { backlog: 1 });
  t.after(() => again.close());
  assert.deepEqual([again.family, again.type], [AF_INET, SOCK_STREAM]);
  await assert.rejects(createServer(["127.0.0.1", port]), { code: "EADDRINUSE" });
});

test("with reusePort two servers share a port", async (t) => {
  const one = await createServer(["127.0.0.1", 0], { reusePort: true });
  t.after(() => one.close());
  assert.notEqual(one.getsockopt(SOL_SOCKET, SO_REUSEPORT), 0);
  const two = await createServer(["127.0.0.1", portOf(one)], { reusePort: true });
  t.after(() => two.close());
  assert.equal(portOf(two), portOf(one));
});

test("arguments that are none are said to be so, and nothing is tried", async (t) => {
  const [, port] = await listen(t);
  const unusual = createConnection as (...args: unknown[]) => Promise<unknown>;
  const address = ["127.0.0.1", port];
  for (const options of [5, null, AbortSignal.timeout(1000), ["127.0.0.1", 0]]) {
    const failure = { name: "TypeError", message: /^the options must be like \{/ };
    await assert.rejects(unusual(address, options), failure);
    await assert.rejects(createServer(["127.0.0.1", 0], options as object), failure);
  }
  await assert.rejects(unusual(address, { timeout: "1" }), TypeError);
  await assert.rejects(unusual(address, { signal: AbortSignal.abort("enough") }), /enough/);
  await assert.rejects(unusual("localhost"), /^TypeError: the address must be \[host, port\], not/);
});

test("only IPv6 has dual-stack sockets", async () => {
  await assert.rejects(createServer(["", 0], { dualstackIpv6: true }), TypeError);
});

test("recvall gives exactly so many octets, however they come", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const message = recvall(sock, 16);
  await python.run(`
    for part in (b"Hi ", b"there, ", b"server, and more"):
        peer.sendall(part)
        time.sleep(0.05)
  `);
  assert.equal(repr(await message), "b'Hi there, server'");
  assert.equal(repr(await recvall(sock, 0)), "b''");
  assert.equal(repr(await recvall(sock, 10)), "b', and more'");
});

test("recvall says with both counts that the stream has ended", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`peer.sendall(b"Hi th"); peer.close()`);
  const error = await recvall(sock, 16).then(
    () => assert.fail("it is complete"),
    (error: EOFError) => error,
  );
  assert.ok(error instanceof EOFError);
  assert.equal(
    String(error),
    "EOFError: was expecting 16 bytes but only received 5 bytes before the socket closed",
  );
  assert.deepEqual([error.expected, error.received], [16, 5]);
  assert.deepEqual((await recvall(sock, 0)).length, 0);
  await assert.rejects(recvall(sock, -1), RangeError);
});

test("a recvall that is cancelled leaves what has come to the next call", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`peer.sendall(b"first")`);
  await assert.rejects(recvall(sock, 16, { timeout: 0.05 }), { code: "ETIMEDOUT" });
  await python.run(`peer.sendall(b" and second")`);
  assert.equal((await recvall(sock, 16)).decode(), "first and second");
  assert.equal(IPPROTO_TCP, 6);
});

test("a recvall that SO_RCVTIMEO ends leaves what has come to the next call", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  sock.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 0, tv_usec: 50_000 });
  await python.run(`peer.sendall(b"first")`);
  await assert.rejects(recvall(sock, 16), { code: "EAGAIN" });
  await python.run(`peer.sendall(b" and second")`);
  assert.equal((await recvall(sock, 16)).decode(), "first and second");
});
