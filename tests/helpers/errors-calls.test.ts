/** What an error advises, word by word, where a call does not fit the state or the type of its socket, or the user. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  AF_INET,
  AF_UNIX,
  IPPROTO_TCP,
  MSG_OOB,
  SHUT_RD,
  SHUT_WR,
  SO_BINDTODEVICE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  socket,
  TCP_CONGESTION,
} from "../../helpers/socket";
import { fresh, listen, pair, portOf } from "./peers/connection";
import { failure, words } from "./peers/failure";
import { folder } from "./peers/folder";
import { run } from "./peers/program";
import { Python } from "./peers/python";

const linux = process.platform === "linux";
const onlyLinux = { skip: linux ? false : "macOS has other errors for some of these" };
const INVALID = "Invalid argument.";
const UNSUPPORTED = "Operation not supported.";
/** What Python's error number is for the same; 0 where it succeeds. */
async function pythonErrno(t: TestContext, source: string): Promise<number> {
  return await new Python(t).run<number>(`
    number = 0
    sock = socket.socket()
    try:
        ${source}
    except OSError as error:
        number = error.errno
    number
  `);
}

test("accept, listen, bind and connect on a connection", onlyLinux, async (t) => {
  const [client, served] = await pair(t);
  const is = "The socket is a connection";
  for (const sock of [client, served]) {
    assert.equal(
      await words(sock.accept()),
      `accept EINVAL: ${INVALID} ${is} itself: accept on the one that listens.`,
    );
    assert.equal(
      await words(() => sock.listen()),
      `listen EINVAL: ${INVALID} ${is}: make a new one to listen.`,
    );
    assert.equal(
      await words(sock.bind(["127.0.0.1", 0])),
      `bind EINVAL 127.0.0.1:0: ${INVALID} The socket has its address already: 127.0.0.1:${portOf(sock)}.`,
    );
    assert.equal(
      await words(sock.connect(["127.0.0.1", 1])),
      "connect EISCONN 127.0.0.1:1: Transport endpoint is already connected. A socket connects once: make a new one.",
    );
  }
});

test("connect on a listening socket, and accept after it was shut down", onlyLinux, async (t) => {
  const [listening, port] = await listen(t);
  // What it has accepted makes no connection of it.
  const client = fresh(t);
  await client.connect(["127.0.0.1", port]);
  (await listening.accept())[0].close();
  const another = "The socket listens: take another one to connect.";
  assert.equal(
    await words(listening.connect(["127.0.0.1", port])),
    `connect EISCONN 127.0.0.1:${port}: Transport endpoint is already connected. ${another}`,
  );
  listening.shutdown(SHUT_RD);
  assert.equal(
    await words(listening.accept()),
    `accept EINVAL: ${INVALID} The socket listens no more: shutdown has ended that.`,
  );
  const unix = fresh(t, AF_UNIX);
  assert.equal(
    await words(() => unix.listen()),
    `listen EINVAL: ${INVALID} Bind the socket first.`,
  );
  const path = join(folder(t), "listens");
  await unix.bind(path);
  unix.listen();
  assert.equal(await words(unix.connect(path)), `connect EINVAL ${path}: ${INVALID} ${another}`);
  assert.equal(
    await words(unix.bind(`${path}2`)),
    `bind EINVAL ${path}2: ${INVALID} The socket has its address already: ${path}.`,
  );
});

test("what datagram sockets do not do", onlyLinux, async (t) => {
  const sock = fresh(t, AF_INET, SOCK_DGRAM);
  const of = "A socket of SOCK_DGRAM";
  assert.equal(
    await words(sock.accept()),
    `accept EOPNOTSUPP: ${UNSUPPORTED} ${of} has no connections: use recvfrom.`,
  );
  assert.equal(
    await words(() => sock.listen()),
    `listen EOPNOTSUPP: ${UNSUPPORTED} ${of} does not listen: once it is bound, recvfrom receives.`,
  );
  assert.equal(
    await words(sock.sendto("x", MSG_OOB, ["127.0.0.1", 9])),
    `sendto EOPNOTSUPP 127.0.0.1:9: ${UNSUPPORTED} ${of} has no urgent octets.`,
  );
  assert.equal(
    await words(() => sock.shutdown(SHUT_WR)),
    "shutdown ENOTCONN: Transport endpoint is not connected. Connect the socket first.",
  );
  assert.equal(
    await words(sock.sendto("x", ["127.0.0.1", 0])),
    `sendto EINVAL 127.0.0.1:0: ${INVALID} No socket has port 0.`,
  );
});

test("shutdown with a number that is none, and an urgent octet that is not there", async (t) => {
  const [client] = await pair(t);
  assert.equal(
    await words(() => client.shutdown(7)),
    `shutdown EINVAL: ${INVALID} Say how: SHUT_RD, SHUT_WR or SHUT_RDWR.`,
  );
  const none =
    "There is no urgent octet to read: none was sent, it has been read, or SO_OOBINLINE keeps it among the others.";
  assert.equal(await words(client.recv(1, MSG_OOB)), `recv EINVAL: ${INVALID} ${none}`);
  assert.equal(await words(client.recvfrom(1, MSG_OOB)), `recvfrom EINVAL: ${INVALID} ${none}`);
  assert.equal(
    await words(client.recvInto(new Uint8Array(1), 1, MSG_OOB)),
    `recv EINVAL: ${INVALID} ${none}`,
  );
});

test("sockets and options that the system has not", onlyLinux, async () => {
  assert.equal(
    await words(() => socket(AF_INET, SOCK_SEQPACKET)),
    "socket ESOCKTNOSUPPORT: Socket type not supported. That family has no such type of socket.",
  );
  const { errno } = await failure(() => socket(AF_INET, SOCK_SEQPACKET));
  assert.equal(errno, -94);
  assert.equal(
    await words(() => socket(AF_INET, 77)),
    `socket EINVAL: ${INVALID} There is no such type of socket.`,
  );
  using sock = socket();
  assert.equal(
    await words(() => sock.getsockopt(77, 1)),
    `getsockopt EOPNOTSUPP: ${UNSUPPORTED} This socket has no options of that level.`,
  );
  assert.equal(
    await words(() => sock.setsockopt(IPPROTO_TCP, TCP_CONGESTION as number, Buffer.from("none"))),
    "setsockopt ENOENT: No such file or directory. This system has nothing of that name.",
  );
  const device = Buffer.from("none0");
  assert.equal(
    await words(() => sock.setsockopt(SOL_SOCKET, SO_BINDTODEVICE as number, device)),
    "setsockopt ENODEV: No such device. There is no such interface.",
  );
});

test("Python has the same errors by number", onlyLinux, async (t) => {
  const [, port] = await listen(t);
  const { errno } = constants;
  for (const [source, expected] of [
    [`sock.connect(("127.0.0.1", 0))`, errno.ECONNREFUSED],
    [`sock.connect(("", 1))`, errno.ECONNREFUSED],
    [`sock.connect(("224.0.0.1", 9))`, errno.ENETUNREACH],
    [`sock.accept()`, errno.EINVAL],
    [`sock.send(b"x")`, errno.EPIPE],
    [`sock.connect(("127.0.0.1", ${port})); sock.listen()`, errno.EINVAL],
    [`sock.connect(("127.0.0.1", ${port})); sock.shutdown(7)`, errno.EINVAL],
    [`sock.connect(("127.0.0.1", ${port})); sock.recv(1, socket.MSG_OOB)`, errno.EINVAL],
    [`socket.socket(type=socket.SOCK_SEQPACKET)`, 94],
  ] as const) {
    assert.equal(await pythonErrno(t, source), expected, source);
  }
});

test("what is refused to a user, in the words of its family", onlyLinux, (t) => {
  if (process.getuid?.() !== 0) return t.skip("only the administrator can become another user");
  const first = readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "latin1").trim();
  if (first !== "1024") return t.skip("port 81 is for everybody here");
  const inside = folder(t);
  const { lines, stderr } = run(
    `
      const { AF_INET, AF_UNIX, SOCK_RAW, socket } = sockets;
      const { chmodSync } = require("node:fs");
      const [inside] = args;
      const server = socket(AF_UNIX);
      await server.bind(inside + "/server");
      server.listen();
      chmodSync(inside + "/server", 0o600);
      chmodSync(inside, 0o755);
      process.setgroups([]);
      process.setgid(65534);
      process.setuid(65534);
      await failed(() => socket().bind(["127.0.0.1", 81]));
      await failed(() => socket(AF_UNIX).bind(inside + "/other"));
      await failed(() => socket(AF_UNIX).connect(inside + "/server"));
      await failed(() => socket(AF_INET, SOCK_RAW, 1));
    `,
    [inside],
  );
  const denied = "Permission denied.";
  const expected = [
    `bind EACCES 127.0.0.1:81: ${denied} A port below 1024 is for the administrator only.`,
    `bind EACCES ${inside}/other: ${denied} The path must lie in a directory that you may write to.`,
    `connect EACCES ${inside}/server: ${denied} Your user may not write to that path.`,
    "socket EPERM: Operation not permitted. The system allows this to the administrator only.",
  ];
  assert.deepEqual(lines, expected, stderr);
});
