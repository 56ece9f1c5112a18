/** Calls that wait mean what the blocking call means, and leave in the system what nobody has got yet. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, connect as netConnect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  AF_INET,
  AF_UNIX,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_RD,
  SHUT_RDWR,
  SO_RCVLOWAT,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../helpers/socket";
import { connection, full, listen, pair, portOf, unread } from "./peers/connection";
import { Python } from "./peers/python";
import { until } from "./peers/until";

function datagrams(t: TestContext): Socket {
  const sock = socket(AF_INET, SOCK_DGRAM);
  t.after(() => sock.close());
  return sock;
}

function pathFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "waits-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "socket");
}

/** What Python's blocking call gives, or the name of its error. */
const OUTCOME = `
  def outcome(call):
      try:
          return repr(call())
      except OSError as error:
          return type(error).__name__ + " " + str(error.errno)
`;

test("a datagram's recv gives no octets when reading is shut down, before or meanwhile, as in Python", async (t) => {
  const python = new Python(t);
  await python.run(OUTCOME);
  const theirs = await python.run<string>(`
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.connect(("127.0.0.1", 9))
    sock.shutdown(socket.SHUT_RD)
    outcome(lambda: sock.recv(16))
  `);
  assert.equal(theirs, "b''");
  const sock = datagrams(t);
  await sock.connect(["127.0.0.1", 9]);
  const during = [sock.recv(16), sock.recvfrom(16)] as const;
  sock.shutdown(SHUT_RD);
  assert.equal((await during[0]).length, 0);
  assert.equal((await during[1])[0].length, 0);
  assert.equal((await sock.recv(16)).length, 0);
  assert.equal(await sock.recvInto(Buffer.alloc(16)), 0);
  const unconnected = datagrams(t);
  await unconnected.bind(["127.0.0.1", 0]);
  const waiting = unconnected.recv(16);
  assert.throws(() => unconnected.shutdown(SHUT_RDWR), { code: "ENOTCONN" });
  assert.equal((await waiting).length, 0);
});

test("accept says EINVAL when a Unix-domain socket is shut down, before or meanwhile", async (t) => {
  const listening = socket(AF_UNIX);
  t.after(() => listening.close());
  await listening.bind(pathFor(t));
  listening.listen();
  const during = assert.rejects(listening.accept(), { code: "EINVAL" });
  listening.shutdown(SHUT_RDWR);
  await during;
  await assert.rejects(listening.accept(), { code: "EINVAL" });
});

test("one that was shut down may listen again, and then accept waits, as in Python", async (t) => {
  const listening = socket();
  t.after(() => listening.close());
  await listening.bind(["127.0.0.1", 0]);
  listening.listen();
  listening.shutdown(SHUT_RDWR);
  await assert.rejects(listening.accept(), { code: "EINVAL" });
  listening.listen();
  await assert.rejects(listening.accept({ timeout: 0 }), { code: "EAGAIN" });
  using client = socket();
  await client.connect(listening.getsockname());
  const [served, address] = await listening.accept();
  served.close();
  assert.deepEqual(address, client.getsockname());
});

test("to ask for no octets of a datagram comes back at once and leaves it, as in Python", async (t) => {
  const [receiver, sender] = [datagrams(t), datagrams(t)];
  await receiver.bind(["127.0.0.1", 0]);
  assert.equal((await receiver.recv(0)).length, 0);
  await sender.sendto("whole", receiver.getsockname());
  assert.equal((await receiver.recv(0)).length, 0);
  assert.equal(await receiver.recvInto(new Uint8Array(0)), 0);
  assert.equal((await receiver.recv(16)).decode(), "whole");
  // With the sender asked for, the system is asked, and the datagram is gone.
  await sender.sendto("gone", receiver.getsockname());
  assert.deepEqual((await receiver.recvfrom(0))[1], ["127.0.0.1", portOf(sender)]);
});

test("sendto on a stream that may wait takes everything", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const sending = sock.sendto(Buffer.alloc(4_000_000, "x"), sock.getpeername());
  const received = await python.run<number>(`
    count = 0
    while count < 4_000_000:
        count += len(peer.recv(65536))
    count
  `);
  assert.equal(received, 4_000_000);
  assert.equal(await sending, 4_000_000);
});

test("recvfrom with MSG_WAITALL gives the path of the sender of a Unix-domain stream", async (t) => {
  const [path, own] = [pathFor(t), pathFor(t)];
  const [listening, client] = [socket(AF_UNIX), socket(AF_UNIX)];
  t.after(() => [listening, client].map((sock) => sock.close()));
  await listening.bind(path);
  listening.listen();
  await client.bind(own);
  await client.connect(path);
  const [served] = await listening.accept();
  t.after(() => served.close());
  const all = served.recvfrom(8, MSG_WAITALL);
  await client.sendall("half");
  await client.sendall("half");
  const [data, from] = await all;
  assert.deepEqual([data.decode(), from], ["halfhalf", own]);
});

test("a connect that must not wait says EINPROGRESS on loopback too, and EALREADY when asked again, as in Python", async (t) => {
  const [listening, port] = await listen(t);
  const sock = socket();
  t.after(() => sock.close());
  sock.setblocking(false);
  await assert.rejects(sock.connect(["127.0.0.1", port]), { code: "EINPROGRESS" });
  const [served] = await listening.accept();
  served.close();
  assert.deepEqual(sock.getpeername(), ["127.0.0.1", port]);
  await sock.connect(["127.0.0.1", port]);
  await assert.rejects(sock.connect(["127.0.0.1", port]), { code: "EISCONN" });

  const [, fullPort] = await full(t);
  const python = new Python(t);
  const theirs = await python.run<string[]>(`
    import errno
    sock = socket.socket()
    sock.setblocking(False)
    [errno.errorcode[sock.connect_ex(("127.0.0.1", ${fullPort}))] for _ in range(2)]
  `);
  const other = socket();
  t.after(() => other.close());
  other.setblocking(false);
  for (const code of theirs) {
    await assert.rejects(other.connect(["127.0.0.1", fullPort]), { code });
  }
  assert.deepEqual(theirs, ["EINPROGRESS", "EALREADY"]);
});

for (const [name, flags] of [
  ["MSG_WAITALL", MSG_WAITALL],
  ["MSG_WAITALL | MSG_PEEK", MSG_WAITALL | MSG_PEEK],
] as const) {
  test(`what is too little for ${name} stays in the system until it is enough`, async (t) => {
    const [client, served] = await pair(t);
    const controller = new AbortController();
    const cancelled = served.recv(100, flags, { signal: controller.signal });
    await client.sendall(Buffer.alloc(42, "a"));
    await until(() => unread(served) === 42);
    controller.abort();
    await assert.rejects(cancelled, { name: "AbortError" });
    assert.equal(unread(served), 42);
    const all = served.recv(100, flags);
    assert.equal(served.getsockopt(SOL_SOCKET, SO_RCVLOWAT), 1);
    await client.sendall(Buffer.alloc(100, "b"));
    assert.equal((await all).length, 100);
    assert.equal(unread(served), flags & MSG_PEEK ? 142 : 42);
    // The next one does not wait for as many.
    await served.recv(1000);
    const next = served.recv(1000);
    await client.sendall("x");
    assert.equal((await next).decode(), "x");
  });
}

test("the program's own SO_RCVLOWAT is there again after a call has waited for more", async (t) => {
  const [client, served] = await pair(t);
  served.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 3);
  const all = served.recv(8, MSG_WAITALL);
  await client.sendall("abcdefgh");
  assert.equal((await all).decode(), "abcdefgh");
  assert.equal(served.getsockopt(SOL_SOCKET, SO_RCVLOWAT), 3);
  const some = served.recv(100);
  await client.sendall("ij");
  await until(() => unread(served) === 2);
  await client.sendall("k");
  assert.equal((await some).decode(), "ijk");
});

test("MSG_WAITALL is served where the octets come one by one and use up the system's room", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const all = sock.recv(60_000, MSG_WAITALL);
  await python.run(`
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(60_000):
        peer.send(b"x")
  `);
  assert.equal((await all).length, 60_000);
});

test("MSG_TRUNC shows nothing of the memory that it did not fill, with MSG_WAITALL and SO_RCVLOWAT too", async (t) => {
  const [client, served] = await pair(t);
  await client.sendall("secret octets of another call");
  await served.recv(100);
  await client.sendall("thrown away");
  assert.deepEqual([...(await served.recv(11, MSG_TRUNC | MSG_WAITALL))], Array(11).fill(0));
  served.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 4);
  await client.sendall("thrown away");
  assert.deepEqual([...(await served.recv(11, MSG_TRUNC))], Array(11).fill(0));
  served.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 1);
  // More than the system holds: taken in parts.
  const large = served.recv(3_000_000, MSG_TRUNC | MSG_WAITALL);
  await client.sendall(Buffer.alloc(3_000_000, "secret"));
  assert.ok((await large).every((octet) => octet === 0));
});

test("to ask for all that there could ever be takes no more memory than there is", async (t) => {
  const [client, served] = await pair(t);
  const before = process.memoryUsage.rss();
  const waiting = served.recv(2 ** 31 - 1, MSG_TRUNC);
  await client.sendall("few");
  assert.equal((await waiting).length, 3);
  await client.sendall("few");
  assert.equal((await served.recv(2 ** 31 - 1)).decode(), "few");
  const more = process.memoryUsage.rss() - before;
  assert.ok(more < 2 ** 28, `${more} octets of memory`);
});

/** Has two sockets wait, closes them, and gives the numbers that they had. */
async function waitedFor(t: TestContext): Promise<number[]> {
  const both = await pair(t);
  const numbers = both.map((sock) => sock.fileno());
  const waiting = both.map((sock) => sock.recv(1));
  for (const sock of both) await sock.sendall("x");
  await Promise.all(waiting);
  for (const sock of both) sock.close();
  return numbers;
}

test("the number of a socket that has waited may be Node's next, and a socket's after that", async (t) => {
  const numbers = await waitedFor(t);
  const server = createServer((connection) => connection.pipe(connection));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = netConnect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(client, "connect");
  const handles = [server, client] as unknown as { _handle: { fd: number } }[];
  assert.ok(handles.some(({ _handle }) => numbers.includes(_handle.fd)));
  await waitedFor(t);
  client.write("still watched");
  assert.equal(String((await once(client, "data"))[0]), "still watched");
  client.destroy();
  server.close();
  await Promise.all([once(client, "close"), once(server, "close")]);
  const later = await waitedFor(t);
  assert.ok(later.some((number) => numbers.includes(number)));
});
