/** Unix-domain sockets, with Python's `socket` at the other end. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, socket } from "../../helpers/socket";
import { Python } from "./peers/python";

const linux = process.platform === "linux";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "helpers-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("a stream by a path, with Python; the file stays until somebody deletes it", async (t) => {
  const path = join(folder(t), "échö");
  const listening = socket(AF_UNIX, SOCK_STREAM);
  t.after(() => listening.close());
  await listening.bind(path);
  listening.listen();
  assert.equal(listening.getsockname(), path);
  const python = new Python(t);
  await python.run(`
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(${JSON.stringify(path)})
    peer.sendall(b"by a path")
  `);
  const [conn, address] = await listening.accept();
  assert.equal(address, "");
  assert.equal((await conn.recv(100)).decode(), "by a path");
  assert.equal(conn.getsockname(), path);
  await conn.sendall("back");
  conn.close();
  assert.equal(await python.run("peer.recv(100).decode()"), "back");
  listening.close();
  assert.ok(existsSync(path));
  const sock = socket(AF_UNIX);
  t.after(() => sock.close());
  await assert.rejects(sock.connect(path), { code: "ECONNREFUSED", address: path });
  await assert.rejects(sock.bind(path), { code: "EADDRINUSE", address: path });
  unlinkSync(path);
  await assert.rejects(sock.connect(path), { code: "ENOENT", message: /start the server first/ });
  await sock.bind(path);
});

test("datagrams: the sender's path comes along, or none", async (t) => {
  const [here, there] = [join(folder(t), "here"), join(folder(t), "there")];
  const python = new Python(t);
  await python.run(`
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    peer.bind(${JSON.stringify(there)})
  `);
  const sock = socket(AF_UNIX, SOCK_DGRAM);
  const other = socket(AF_UNIX, SOCK_DGRAM);
  for (const each of [sock, other]) t.after(() => each.close());
  await other.sendto("from nowhere", there);
  await sock.bind(here);
  await sock.sendto("from here", there);
  assert.deepEqual(
    await python.run(
      `[[data.decode(), name] for data, name in (peer.recvfrom(100), peer.recvfrom(100))]`,
    ),
    [
      ["from nowhere", null],
      ["from here", here],
    ],
  );
  await python.run(
    `peer.sendto(b"", ${JSON.stringify(here)}); peer.sendto(b"x", ${JSON.stringify(here)})`,
  );
  assert.deepEqual((await sock.recvfrom(100))[1], there);
  assert.equal((await sock.recv(100)).decode(), "x");
  await other.sendto("anonymous", here);
  const [data, from] = await sock.recvfrom(100);
  assert.deepEqual([data.decode(), from], ["anonymous", ""]);
});

test("abstract names and packets in sequence, on Linux", {
  skip: !linux && "not Linux",
}, async (t) => {
  const name = `\0helpers ${process.pid}`;
  const listening = socket(AF_UNIX, SOCK_SEQPACKET);
  t.after(() => listening.close());
  await listening.bind(name);
  listening.listen();
  assert.equal(listening.getsockname(), name);
  assert.match(String(listening), /laddr=@helpers/);
  const python = new Python(t);
  await python.run(`
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    peer.connect("\\0helpers ${process.pid}")
    peer.send(b"one")
    peer.send(b"two")
  `);
  const [conn] = await listening.accept();
  t.after(() => conn.close());
  assert.equal((await conn.recv(100)).decode(), "one");
  assert.equal((await conn.recv(100)).decode(), "two");
  const automatic = socket(AF_UNIX);
  t.after(() => automatic.close());
  await automatic.bind("");
  assert.match(automatic.getsockname(), /^\0[0-9a-f]{5}$/);
});

test("paths that are none", async (t) => {
  const sock = socket(AF_UNIX);
  t.after(() => sock.close());
  await assert.rejects(sock.bind("x".repeat(108)), RangeError);
  await assert.rejects(sock.bind("a\0b"), TypeError);
  await assert.rejects(sock.bind(join(folder(t), "no", "folder")), {
    code: "ENOENT",
    message: /The directory of that path does not exist/,
  });
  await assert.rejects(sock.bind(["127.0.0.1", 1]), { name: "TypeError", message: /is its path/ });
});

test("a connect to a full queue waits without spinning, and can be aborted", async (t) => {
  const path = join(folder(t), "full");
  const listening = socket(AF_UNIX);
  t.after(() => listening.close());
  await listening.bind(path);
  listening.listen(0);
  const socks = [socket(AF_UNIX), socket(AF_UNIX), socket(AF_UNIX)];
  for (const sock of socks) t.after(() => sock.close());
  await socks[0].connect(path);
  await assert.rejects(socks[1].connect(path, { timeout: 0 }), { code: "EAGAIN" });
  await assert.rejects(socks[1].connect(path, { signal: AbortSignal.timeout(50) }), {
    name: "TimeoutError",
  });
  const before = process.cpuUsage();
  await assert.rejects(socks[1].connect(path, { timeout: 0.5 }), { code: "ETIMEDOUT" });
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 150_000, `${user + system} microseconds of processor time`);
  const connected = socks[2].connect(path);
  (await listening.accept())[0].close();
  await connected;
});

test("a datagram to a full peer waits without spinning until there is room", {
  skip: !linux && "a Mac drops it (ENOBUFS)",
}, async (t) => {
  const path = join(folder(t), "reader");
  const [reader, writer] = [socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)];
  for (const sock of [reader, writer]) t.after(() => sock.close());
  await reader.bind(path);
  let sent = 0;
  for (;;) {
    const error = await writer.sendto("x", path, { timeout: 0.05 }).catch((error) => error.code);
    if (error === "ETIMEDOUT") break;
    sent += 1;
  }
  assert.ok(sent > 0);
  const before = process.cpuUsage();
  const waiting = writer.sendto("last", path);
  await new Promise((wake) => setTimeout(wake, 500));
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 150_000, `${user + system} microseconds of processor time`);
  for (let i = 0; i < sent; i++) assert.equal((await reader.recv(100)).decode(), "x");
  assert.equal(await waiting, 4);
  assert.equal((await reader.recv(100)).decode(), "last");
});
