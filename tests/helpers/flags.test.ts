/** The flags of recv and send, and the options that change how they wait. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { netstat } from "../../helpers/netstat";
import {
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_RD,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SOL_SOCKET,
} from "../../helpers/socket";
import { connection, portOf } from "./peers/connection";
import { Python } from "./peers/python";
import { until } from "./peers/until";

test("MSG_PEEK leaves the octets to be read again", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const peeked = sock.recv(4, MSG_PEEK);
  await python.run(`peer.sendall(b"Hi there")`);
  assert.equal((await peeked).decode(), "Hi t");
  assert.equal((await sock.recv(100, MSG_PEEK)).decode(), "Hi there");
  assert.equal((await sock.recv(100)).decode(), "Hi there");
});

test("MSG_DONTWAIT takes what is there, or says EAGAIN", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await assert.rejects(sock.recv(1, MSG_DONTWAIT), { code: "EAGAIN", syscall: "recv" });
  await python.run(`peer.sendall(b"now")`);
  assert.equal((await sock.recv(2)).decode(), "no");
  assert.equal((await sock.recv(5, MSG_DONTWAIT)).decode(), "w");
  await assert.rejects(sock.recvfrom(1, MSG_DONTWAIT), { code: "EAGAIN", syscall: "recvfrom" });
  // Who waits already comes first.
  const waiting = sock.recv(5);
  await python.run(`peer.sendall(b"later")`);
  await assert.rejects(sock.recv(5, MSG_DONTWAIT), { code: "EAGAIN" });
  assert.equal((await waiting).decode(), "later");
});

for (const flags of [MSG_WAITALL, MSG_WAITALL | MSG_PEEK]) {
  test(`MSG_WAITALL${flags & MSG_PEEK ? " | MSG_PEEK" : ""} waits for all of it, however it comes`, async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    const before = process.cpuUsage();
    const all = sock.recv(12, flags);
    const sending = python.run(`
      for part in (b"Hi ", b"there", b", se", b"rver"):
          peer.sendall(part)
          time.sleep(0.1)
    `);
    assert.equal((await all).decode(), "Hi there, se");
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 200_000, `${user + system} microseconds of processor time`);
    await sending;
    const rest = flags & MSG_PEEK ? "Hi there, server" : "rver";
    assert.equal((await sock.recv(rest.length, MSG_WAITALL)).decode(), rest);
  });
}

test("MSG_WAITALL gives less at the end of the stream; of much data it takes all", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`
    sending = threading.Thread(target=lambda: (peer.sendall(bytes(range(256)) * 20000), peer.close()))
    sending.start()
  `);
  const data = await sock.recv(5_000_000, MSG_WAITALL);
  assert.equal(data.length, 5_000_000);
  assert.ok(data.every((octet, index) => octet === index % 256));
  const memory = new Uint8Array(200_000);
  assert.equal(await sock.recvInto(memory, 0, MSG_WAITALL), 120_000);
  assert.equal(memory[119_999], 255);
  assert.equal((await sock.recv(1, MSG_WAITALL)).length, 0);
});

test("a cancelled or timed out MSG_WAITALL leaves its octets to the next calls, in order", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`peer.sendall(b"abc")`);
  await assert.rejects(sock.recv(10, MSG_WAITALL, { timeout: 0.05 }), { code: "ETIMEDOUT" });
  const controller = new AbortController();
  const aborted = assert.rejects(sock.recv(10, MSG_WAITALL, { signal: controller.signal }), {
    name: "AbortError",
  });
  const next = sock.recv(2);
  await python.run(`peer.sendall(b"def")`);
  controller.abort();
  await aborted;
  assert.equal((await next).decode(), "ab");
  assert.equal((await sock.recvfrom(2, MSG_PEEK))[0].decode(), "cd");
  assert.equal((await sock.recv(1, MSG_DONTWAIT)).decode(), "c");
  const memory = new Uint8Array(10);
  assert.equal(await sock.recvInto(memory, 3, MSG_WAITALL), 3);
  assert.equal(Buffer.from(memory).toString("latin1", 0, 3), "def");
  await assert.rejects(sock.recv(1, MSG_DONTWAIT), { code: "EAGAIN" });
});

test("octets come before the reset that follows them, with MSG_WAITALL too", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const all = sock.recv(10, MSG_WAITALL);
  await python.run(`
    peer.sendall(b"four")
    time.sleep(0.1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
  `);
  assert.equal((await all).decode(), "four");
  await assert.rejects(sock.recv(1), { code: "ECONNRESET" });
  assert.equal((await sock.recv(1)).length, 0);
});

test("SO_RCVTIMEO ends a wait with EAGAIN, as it does in Python, and MSG_WAITALL with what has come", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  sock.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 0, tv_usec: 100_000 });
  const start = performance.now();
  await assert.rejects(sock.recv(1), { code: "EAGAIN" });
  assert.ok(performance.now() - start > 90);
  await python.run(`peer.sendall(b"part")`);
  assert.equal((await sock.recv(10, MSG_WAITALL)).decode(), "part");
  await python.run(`peer.sendall(b"part")`);
  assert.equal((await sock.recvfrom(10, MSG_WAITALL))[0].decode(), "part");
  await python.run(`peer.sendall(b"part")`);
  assert.equal(await sock.recvInto(new Uint8Array(10), 0, MSG_WAITALL), 4);
  assert.equal(
    await python.run(`
      peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 100_000))
      try:
          peer.recv(1)
      except OSError as error:
          code = error.errno
      code == socket.EAGAIN
    `),
    true,
  );
  sock.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 0, tv_usec: 0 });
  assert.deepEqual(sock.getsockopt(SOL_SOCKET, SO_RCVTIMEO), { tv_sec: 0, tv_usec: 0 });
  await assert.rejects(sock.recv(1, 0, { timeout: 0.2 }), { code: "ETIMEDOUT" });
});

test("SO_RCVLOWAT has recv wait for so many octets", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  sock.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 5);
  const data = sock.recv(100);
  await python.run(`
    peer.sendall(b"four")
    time.sleep(0.1)
    peer.sendall(b"teen")
  `);
  assert.equal((await data).decode(), "fourteen");
  await python.run(`peer.sendall(b"last"); peer.close()`);
  assert.equal((await sock.recv(100)).decode(), "last");
});

test("MSG_OOB carries one urgent octet past the others", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`peer.send(b"normal"); peer.send(b"!", socket.MSG_OOB)`);
  // Linux counts the urgent octet among those that are unread.
  const ends = [portOf(sock), sock.getpeername()[1]] as const;
  await until(() => netstat(ends).some(({ receiveQueue }) => receiveQueue === 7));
  assert.equal((await sock.recv(1, MSG_OOB)).decode(), "!");
  assert.equal((await sock.recv(100)).decode(), "normal");
  await assert.rejects(sock.recv(1, MSG_OOB), { code: "EINVAL" });
});

test("MSG_TRUNC on a stream throws octets away, and shows nothing of the memory it did not fill", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`peer.sendall(b"secret"); peer.sendall(b"gone")`);
  assert.equal((await sock.recv(6)).decode(), "secret");
  assert.deepEqual([...(await sock.recv(4, MSG_TRUNC))], [0, 0, 0, 0]);
});

test("recvfrom on a stream has no address to give, whatever another call has left", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`peer.sendall(b"abcdefgh")`);
  for (const [length, flags] of [
    [4, MSG_WAITALL],
    [0, 0],
    [2, 0],
    [2, MSG_WAITALL],
  ]) {
    assert.notDeepEqual(sock.getsockname(), ["", 0]);
    assert.deepEqual((await sock.recvfrom(length, flags))[1], ["", 0]);
  }
});

test("asking for no octets waits for nothing and takes nothing", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  assert.equal((await sock.recv(0)).length, 0);
  await python.run(`peer.sendall(b"all here")`);
  assert.equal((await sock.recv(0)).length, 0);
  assert.equal((await sock.recv(100)).decode(), "all here");
  sock.shutdown(SHUT_RD);
});
