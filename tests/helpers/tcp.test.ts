/** TCP with Python's `socket` and with `node:net` at the other end, in both directions. */
import assert from "node:assert/strict";
import { createServer as createNetServer, connect as netConnect } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";
import { netstat } from "../../helpers/netstat";
import {
  type Address,
  AF_INET,
  AF_INET6,
  Bytes,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_WAITALL,
  repr,
  SHUT_RD,
  SHUT_WR,
  SO_SNDBUF,
  SO_SNDTIMEO,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  type SystemError,
  socket,
} from "../../helpers/socket";
import { tcpInfo } from "../../helpers/tcp-info";
import { connection, full, listen, portOf, unread } from "./peers/connection";
import { Python } from "./peers/python";

const MESSAGE = "This is the message.  It will be repeated.";

test("a Python client of a server of ours: the 42 octets come back, 16 at a time at most", async (t) => {
  const [listening, port] = await listen(t, 1);
  const python = new Python(t);
  const asked = python.run<[string, number[]]>(`
    with socket.create_connection(("127.0.0.1", ${port})) as sock:
        name = sock.getsockname()
        sock.sendall(b"${MESSAGE}")
        pieces = []
        while sum(map(len, pieces)) < ${MESSAGE.length}:
            pieces.append(sock.recv(16))
    [b"".join(pieces).decode(), name[1]]
  `);
  const [conn, clientAddress] = await listening.accept();
  assert.deepEqual(clientAddress, conn.getpeername());
  assert.deepEqual(conn.getsockname(), ["127.0.0.1", port]);
  const lengths: number[] = [];
  for (;;) {
    const data = await conn.recv(16);
    if (data.length === 0) break;
    lengths.push(data.length);
    await conn.sendall(data);
  }
  conn.close();
  assert.deepEqual(lengths, [16, 16, 10]);
  assert.deepEqual(await asked, [MESSAGE, clientAddress[1]]);
});

test("a client of ours of a Python server, by the name localhost", async (t) => {
  const python = new Python(t);
  const port = await python.run<number>(`
    listening = socket.create_server(("127.0.0.1", 0))
    listening.getsockname()[1]
  `);
  const served = python.run<[string, string, number]>(`
    conn, address = listening.accept()
    received = b""
    while data := conn.recv(16):
        received += data
    conn.sendall(received[::-1])
    conn.close()
    [received.decode(), *address]
  `);
  const sock = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  await sock.connect(["localhost", port]);
  const address = sock.getsockname();
  assert.deepEqual(sock.getpeername(), ["127.0.0.1", port]);
  await sock.sendall(MESSAGE);
  sock.shutdown(SHUT_WR);
  let reply = "";
  for (;;) {
    const data = await sock.recv(5);
    if (data.length === 0) break;
    reply += data.decode();
  }
  sock.close();
  assert.equal(reply, [...MESSAGE].reverse().join(""));
  assert.deepEqual(await served, [MESSAGE, ...address]);
});

test("a client of node:net at a server of ours, and the other way round", async (t) => {
  const [listening, port] = await listen(t);
  const client = netConnect(port, "127.0.0.1").setEncoding("utf8");
  client.end("from node:net");
  const [conn] = await listening.accept();
  assert.equal((await conn.recv(100)).decode(), "from node:net");
  assert.equal((await conn.recv(100)).length, 0);
  await conn.sendall("from helpers");
  conn.close();
  let received = "";
  for await (const text of client) received += text;
  assert.equal(received, "from helpers");

  const server = createNetServer((sock) => sock.pipe(sock)).listen(0, "127.0.0.1");
  await new Promise((listens) => server.once("listening", listens));
  const sock = socket();
  await sock.connect(["127.0.0.1", (server.address() as { port: number }).port]);
  await sock.sendall("echo");
  assert.equal((await sock.recv(100)).decode(), "echo");
  sock.close();
  server.close();
});

test("what sends takes text and every view, of any part of its buffer", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const octets = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  await sock.sendall("é");
  await sock.sendall(octets.subarray(2, 4));
  await sock.sendall(Buffer.from("ab"));
  await sock.sendall(new DataView(octets.buffer, 6, 1));
  await sock.sendall(new Uint16Array(octets.buffer, 4, 1));
  await sock.sendall(Bytes.of(255));
  sock.shutdown(SHUT_WR);
  const received = await python.run<number[]>(`
    received = b""
    while data := peer.recv(100):
        received += data
    list(received)
  `);
  assert.deepEqual(received, [0xc3, 0xa9, 3, 4, 97, 98, 7, 5, 6, 255]);
});

test("recvInto writes at the beginning of the view, and no further than nbytes", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const memory = new Uint8Array(12).fill(45);
  await python.run(`peer.sendall(b"Hi there, server")`);
  assert.equal(await sock.recvInto(memory.subarray(4, 10), 3), 3);
  assert.equal(Buffer.from(memory).toString(), "----Hi -----");
  assert.equal(await sock.recvInto(new Uint16Array(memory.buffer, 8, 2)), 4);
  assert.equal(Buffer.from(memory).toString(), "----Hi -ther");
  assert.equal(await sock.recvInto(new DataView(memory.buffer), 0, 0), 9);
  assert.equal(Buffer.from(memory).toString(), "e, serverher");
});

test("shutdown ends one direction: the other side reads to the end, and still answers", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await sock.sendall("question");
  sock.shutdown(SHUT_WR);
  const read = await python.run(`
    parts = [peer.recv(100).decode(), peer.recv(100).decode()]
    peer.sendall(b"answer")
    parts
  `);
  assert.deepEqual(read, ["question", ""]);
  assert.equal((await sock.recv(100)).decode(), "answer");
  await assert.rejects(sock.send("more"), { code: "EPIPE", syscall: "send" });
  sock.shutdown(SHUT_RD);
  assert.equal((await sock.recv(100)).length, 0);
});

test("a send after the other side has closed succeeds once, then fails with EPIPE", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run("peer.close()");
  assert.equal((await sock.recv(1)).length, 0);
  assert.equal(await sock.send("into the void"), 13);
  await sock.recv(1).catch((error: SystemError) => assert.equal(error.code, "ECONNRESET"));
  await assert.rejects(sock.send("again"), { code: "EPIPE" });
});

/** What Python's end, `peer`, receives next. */
const RESET_OR_TEXT = `
  try:
      seen = peer.recv(1).decode()
  except ConnectionResetError as error:
      seen = type(error).__name__
  seen
`;

test("close with unread input resets the connection, and Python sees it", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`peer.sendall(b"unread")`);
  await sock.recv(1);
  sock.close();
  assert.equal(await python.run(RESET_OR_TEXT), "ConnectionResetError");
});

test("what a cancelled recv has gathered is unread input as well: close resets", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`peer.sendall(b"abc")`);
  await assert.rejects(sock.recv(10, MSG_WAITALL, { timeout: 0.05 }), { code: "ETIMEDOUT" });
  sock.close();
  assert.equal(await python.run(RESET_OR_TEXT), "ConnectionResetError");
});

test("a send that may wait takes everything, as Python's blocking send does", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192);
  const data = Buffer.alloc(8_000_000, "x");
  const sending = sock.send(data);
  const early = await Promise.race([sending, python.run("time.sleep(0.2); 'still waiting'")]);
  assert.equal(early, "still waiting");
  const received = await python.run<number>(`
    count = 0
    while count < ${data.length}:
        count += len(peer.recv(65536))
    count
  `);
  assert.equal(await sending, data.length);
  assert.equal(received, data.length);
  const blocking = await python.run<number>(`
    result = []
    sending = threading.Thread(target=lambda: result.append(peer.send(bytes(${data.length}))))
    sending.start()
    time.sleep(0.2)
    len(result)
  `);
  assert.equal(blocking, 0);
  for (let count = 0; count < data.length; ) count += (await sock.recv(65536)).length;
  assert.equal(await python.run("sending.join(); result[0]"), data.length);
});

for (const [how, flags, prepare, options] of [
  ["MSG_DONTWAIT", MSG_DONTWAIT, () => {}, undefined],
  ["setblocking(false)", 0, (sock) => sock.setblocking(false), undefined],
  ["settimeout(5)", 0, (sock) => sock.settimeout(5), undefined],
  ["a timeout of the call", 0, () => {}, { timeout: 5 }],
  [
    "SO_SNDTIMEO",
    0,
    (sock) => sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, { tv_sec: 0, tv_usec: 100_000 }),
    undefined,
  ],
] satisfies [string, number, (sock: Socket) => void, object | undefined][]) {
  test(`with ${how}, a send takes the part that there is room for`, async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    prepare(sock);
    const data = Buffer.alloc(16_000_000, "x");
    const taken = await sock.send(data, flags, options);
    assert.ok(taken > 0 && taken < data.length, `${taken} octets`);
    sock.close();
    assert.equal(
      await python.run(`
        count = 0
        while data := peer.recv(1 << 20):
            count += len(data)
        count
      `),
      taken,
    );
  });
}

test("a socket can connect to itself, and can see that it did", async (t) => {
  const sock = socket();
  t.after(() => sock.close());
  await sock.bind(["127.0.0.1", 0]);
  const address: Address = sock.getsockname();
  await sock.connect(address);
  assert.deepEqual(sock.getpeername(), address);
  await sock.sendall("hello me");
  assert.equal((await sock.recv(100)).decode(), "hello me");
});

test("after a refused connect the same socket can connect, as it can in Python", async (t) => {
  const python = new Python(t);
  const port = await python.run<number>(`
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.getsockname()[1]
  `);
  const sock = socket();
  t.after(() => sock.close());
  await assert.rejects(sock.connect(["127.0.0.1", port]), { code: "ECONNREFUSED" });
  await python.run("listening.listen()");
  await sock.connect(["127.0.0.1", port]);
  assert.deepEqual(sock.getpeername(), ["127.0.0.1", port]);
});

test("without waiting, connect says EINPROGRESS, and one that waits then tells the end", async (t) => {
  const [listening, port] = await full(t);
  const sock = socket();
  t.after(() => sock.close());
  sock.setblocking(false);
  await assert.rejects(sock.connect(["127.0.0.1", port]), { code: "EINPROGRESS" });
  await assert.rejects(sock.connect(["127.0.0.1", port]), { code: "EALREADY" });
  sock.setblocking(true);
  const connected = sock.connect(["127.0.0.1", port]);
  (await listening.accept())[0].close();
  await connected;
  assert.deepEqual(sock.getpeername(), ["127.0.0.1", port]);
});

test("a connected socket connects no second time, as in Python, not even to where nobody listens", async (t) => {
  const python = new Python(t);
  const port = await python.run<number>(`
    listening = socket.create_server(("127.0.0.1", 0))
    listening.getsockname()[1]
  `);
  const sock = socket();
  t.after(() => sock.close());
  await sock.connect(["127.0.0.1", port]);
  for (const other of [1, port]) {
    await assert.rejects(sock.connect(["127.0.0.1", other]), { code: "EISCONN" });
  }
  assert.deepEqual(sock.getpeername(), ["127.0.0.1", port]);
  await sock.sendall("still there");
  assert.equal(await python.run("listening.accept()[0].recv(100).decode()"), "still there");
});

test("when the time of SO_SNDTIMEO is up, the attempt to connect goes on", async (t) => {
  const [listening, port] = await full(t);
  const sock = socket();
  t.after(() => sock.close());
  sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, { tv_sec: 0, tv_usec: 100_000 });
  await assert.rejects(sock.connect(["127.0.0.1", port]), { code: "EINPROGRESS" });
  if (process.platform === "linux") assert.equal(tcpInfo(sock)?.state, "SYN_SENT");
  const connected = sock.connect(["127.0.0.1", port], { timeout: 30 });
  (await listening.accept())[0].close();
  await connected;
});

for (const [how, options, failure] of [
  [
    "times out",
    () => ({ timeout: 0.1 }),
    { code: "ETIMEDOUT", message: /timed out after 0\.1 s$/ },
  ],
  ["is aborted", () => ({ signal: AbortSignal.timeout(100) }), { name: "TimeoutError" }],
] as const) {
  test(`a connect that ${how} is over, and the same socket may connect again`, async (t) => {
    const [listening, port] = await full(t);
    const sock = socket();
    t.after(() => sock.close());
    await assert.rejects(sock.connect(["127.0.0.1", port], options()), failure);
    assert.throws(() => sock.getpeername(), { code: "ENOTCONN" });
    const [other, otherPort] = await listen(t);
    await sock.connect(["127.0.0.1", otherPort]);
    assert.deepEqual((await other.accept())[1], sock.getsockname());
    (await listening.accept())[0].close();
    await assert.rejects(listening.accept({ timeout: 1.5 }), { code: "ETIMEDOUT" });
  });
}

test("what is there when the time is up is given, however late the program looks", async (t) => {
  const [listening, port] = await listen(t);
  const python = new Python(t);
  const accepting = listening.accept({ timeout: 0.1 });
  const accepts = performance.now();
  // Python is told at once, and connects while this program is too busy to hear of it.
  const connected = python.run(`peer = socket.create_connection(("127.0.0.1", ${port}))`);
  while (netstat(port, "LISTEN")[0].receiveQueue === 0 || performance.now() < accepts + 150);
  const [sock] = await accepting;
  t.after(() => sock.close());
  await connected;

  const receiving = sock.recv(16, 0, { timeout: 0.1 });
  const receives = performance.now();
  const sent = python.run(`peer.sendall(b"in time")`);
  while (unread(sock) <= 0 || performance.now() < receives + 150);
  assert.equal(repr(await receiving), "b'in time'");
  await sent;
});

test("a socket shows itself as text", async (t) => {
  const sock = socket();
  assert.equal(String(sock), `<Socket fd=${sock.fileno()} AF_INET SOCK_STREAM laddr=0.0.0.0:0>`);
  sock.close();
  assert.equal(inspect(sock), "<Socket closed AF_INET SOCK_STREAM>");
  const python = new Python(t);
  const peer = await connection(t, python);
  const [port, peerPort] = [portOf(peer), peer.getpeername()[1]];
  assert.equal(
    inspect({ peer }),
    `{\n  peer: <Socket fd=${peer.fileno()} AF_INET SOCK_STREAM laddr=127.0.0.1:${port} raddr=127.0.0.1:${peerPort}>\n}`,
  );
});

test("using closes at the end of the block; close twice is harmless", async () => {
  const sock = socket(AF_INET6);
  sock[Symbol.dispose]();
  assert.equal(sock.fileno(), -1);
  sock.close();
  sock.close();
  assert.throws(() => sock.getsockname(), { code: "EBADF", message: /the socket is closed/ });
});
