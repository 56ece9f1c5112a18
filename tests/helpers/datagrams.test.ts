/** UDP, with Python's `socket` at the other end. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  AF_INET,
  type InetAddress,
  MSG_PEEK,
  MSG_TRUNC,
  SO_BROADCAST,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../helpers/socket";
import { portOf } from "./peers/connection";
import { Python } from "./peers/python";

async function bound(t: TestContext): Promise<Socket> {
  const sock = socket(AF_INET, SOCK_DGRAM);
  t.after(() => sock.close());
  await sock.bind(["127.0.0.1", 0]);
  return sock;
}

async function peer(python: Python): Promise<InetAddress> {
  return python.run(`
    peer = socket.socket(type=socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    peer.settimeout(10)
    peer.getsockname()
  `);
}

test("datagrams to and from Python keep their borders and say where they come from", async (t) => {
  const python = new Python(t);
  const address = await peer(python);
  const sock = await bound(t);
  assert.equal(await sock.sendto("one", address), 3);
  assert.equal(await sock.sendto("three", 0, address), 5);
  assert.deepEqual(
    await python.run(
      `[[data.decode(), *name] for data, name in (peer.recvfrom(100), peer.recvfrom(100))]`,
    ),
    [
      ["one", ...sock.getsockname()],
      ["three", ...sock.getsockname()],
    ],
  );
  await python.run(`
    for data in (b"first", b"second"):
        peer.sendto(data, ("127.0.0.1", ${portOf(sock)}))
  `);
  const [first, from] = await sock.recvfrom(100);
  assert.equal(first.decode(), "first");
  assert.deepEqual(from, address);
  assert.equal((await sock.recv(100)).decode(), "second");
});

test("a datagram without octets is one", async (t) => {
  const python = new Python(t);
  const address = await peer(python);
  const sock = await bound(t);
  assert.equal(await sock.sendto("", address), 0);
  assert.equal(await python.run("len(peer.recv(100))"), 0);
  await python.run(`peer.sendto(b"", ("127.0.0.1", ${portOf(sock)}))`);
  const [data, from] = await sock.recvfrom(100);
  assert.equal(data.length, 0);
  assert.deepEqual(from, address);
});

test("a datagram is cut off at the length asked for, and the rest is gone", async (t) => {
  const python = new Python(t);
  await peer(python);
  const sock = await bound(t);
  await python.run(`
    for data in (b"a long datagram", b"another one", b"the last"):
        peer.sendto(data, ("127.0.0.1", ${portOf(sock)}))
  `);
  assert.equal((await sock.recv(6, MSG_PEEK)).decode(), "a long");
  assert.equal((await sock.recv(6)).decode(), "a long");
  // The true length, as recv(2) gives it, of a datagram of which five octets were asked for.
  const memory = new Uint8Array(5);
  assert.equal(await sock.recvInto(memory, 5, MSG_TRUNC), 11);
  assert.equal(Buffer.from(memory).toString(), "anoth");
  assert.equal((await sock.recv(3, MSG_TRUNC)).decode(), "the");
});

test("a connected datagram socket has one peer, and learns that nobody is there", async (t) => {
  const python = new Python(t);
  const address = await peer(python);
  const sock = await bound(t);
  await sock.connect(address);
  assert.deepEqual(sock.getpeername(), address);
  assert.equal(await sock.send("to the peer"), 11);
  assert.equal(await python.run("peer.recv(100).decode()"), "to the peer");
  await python.run(`
    stranger = socket.socket(type=socket.SOCK_DGRAM)
    stranger.sendto(b"not let in", ("127.0.0.1", ${portOf(sock)}))
    peer.sendto(b"let in", ("127.0.0.1", ${portOf(sock)}))
    peer.close()
  `);
  assert.equal((await sock.recv(100)).decode(), "let in");
  await sock.send("to nobody");
  await assert.rejects(sock.recv(100), { code: "ECONNREFUSED" });
});

test("a datagram that is too long, one without an address, and one to everybody are refused", async (t) => {
  const sock = await bound(t);
  await assert.rejects(sock.sendto(Buffer.alloc(70_000), ["127.0.0.1", 9]), { code: "EMSGSIZE" });
  await assert.rejects(sock.send("to whom?"), { code: "EDESTADDRREQ", message: /use sendto/ });
  await assert.rejects(sock.sendto("all", ["<broadcast>", 9]), { code: "EACCES" });
  sock.setsockopt(SOL_SOCKET, SO_BROADCAST, 1);
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_BROADCAST), 1);
});
