/**
 * Very many at once: connections to one listening socket, octets through one connection, names to resolve, and
 * more sockets than the system gives.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect as netConnect } from "node:net";
import { test } from "node:test";
import {
  getaddrinfo,
  MSG_WAITALL,
  SHUT_WR,
  SOCK_STREAM,
  type Socket,
  socket,
} from "../../helpers/socket";
import { connection, listen } from "./peers/connection";
import { Python } from "./peers/python";

const LIMIT = { timeout: 300_000 };

type Name = [host: string, port: number];

test(
  "1,000 connections to one listening socket: all four-tuples are distinct, and both ends agree",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const [listening, port] = await listen(t, 1000);
    const count = 1000;
    await python.run(`
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    peers = []

    def connect_all():
        for number in range(${count}):
            peers.append(socket.create_connection(("127.0.0.1", ${port})))
            peers[-1].sendall(struct.pack("!I", number))

    connecting = threading.Thread(target=connect_all)
    connecting.start()
  `);
    const accepted: Socket[] = [];
    t.after(() => {
      for (const each of accepted) each.close();
    });
    const ours: [local: Name, remote: Name][] = [];
    while (accepted.length < count) {
      const [each, address] = await listening.accept();
      accepted.push(each);
      assert.deepEqual(each.getpeername(), address);
      ours.push([each.getsockname() as Name, each.getpeername() as Name]);
    }
    const theirs = await python.run<[local: Name, remote: Name][]>(`
    connecting.join()
    [[peer.getsockname(), peer.getpeername()] for peer in peers]
  `);
    assert.deepEqual(
      ours.map(([local, remote]) => [remote, local]),
      theirs,
    );
    assert.equal(new Set(ours.map(String)).size, count);
    assert.equal(
      new Set(ours.map(([local]) => String(local))).size,
      1,
      "all have the listening socket's own port",
    );
    // Each four-tuple is a conversation of its own.
    await Promise.all(accepted.map(async (each) => each.sendall(await each.recv(4, MSG_WAITALL))));
    const numbers = await python.run<number[]>(`
    [struct.unpack("!I", peer.recv(4, socket.MSG_WAITALL))[0] for peer in peers]
  `);
    assert.deepEqual(numbers, [...accepted.keys()]);
  },
);

test(
  "1,000 connections of ours to one listening socket of Python's, all begun at once",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const count = 1000;
    const port = await python.run<number>(`
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    listening = socket.create_server(("127.0.0.1", 0), backlog=${count})
    peers = {}

    def serve():
        while len(peers) < ${count}:
            peer, (_, port) = listening.accept()
            peers[port] = peer
            peer.sendall(str(port).encode())

    serving = threading.Thread(target=serve)
    serving.start()
    listening.getsockname()[1]
  `);
    const socks = Array.from({ length: count }, () => socket());
    t.after(() => {
      for (const sock of socks) sock.close();
    });
    await Promise.all(socks.map((sock) => sock.connect(["127.0.0.1", port])));
    const names = socks.map((sock) => sock.getsockname() as Name);
    assert.equal(new Set(names.map(String)).size, count);
    const texts = await Promise.all(socks.map(async (sock) => (await sock.recv(16)).decode()));
    assert.deepEqual(
      texts,
      names.map(([, local]) => String(local)),
    );
  },
);

const MEBIOCTET = 2 ** 20;
const BULK = 256;

/** The `index`-th MiB of the transfer: no two alike, so that what is lost, doubled or out of order shows. */
function piece(index: number): Buffer {
  const data = Buffer.alloc(MEBIOCTET, String.fromCharCode(33 + (index % 90)));
  for (let offset = 0; offset < data.length; offset += 4096)
    data.writeUInt32BE(index * 1000 + offset / 4096, offset);
  return data;
}

async function sendBulk(sock: Socket): Promise<string> {
  const hash = createHash("sha256");
  for (let index = 0; index < BULK; index++) {
    const data = piece(index);
    hash.update(data);
    await sock.sendall(data);
  }
  sock.shutdown(SHUT_WR);
  return hash.digest("hex");
}

async function receiveBulk(sock: Socket): Promise<[octets: number, digest: string]> {
  const hash = createHash("sha256");
  let octets = 0;
  for (;;) {
    const data = await sock.recv(65536);
    if (data.length === 0) return [octets, hash.digest("hex")];
    octets += data.length;
    hash.update(data);
  }
}

test("256 MiB both ways at once through one connection with Python", LIMIT, async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const exchanging = python.run<[number, string, string]>(`
    def send():
        for index in range(${BULK}):
            data = index.to_bytes(4, "big") * ${MEBIOCTET / 4}
            sent.update(data)
            peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)

    sent, received, total = hashlib.sha256(), hashlib.sha256(), 0
    sending = threading.Thread(target=send)
    sending.start()
    while data := peer.recv(65536):
        total += len(data)
        received.update(data)
    sending.join()
    [total, sent.hexdigest(), received.hexdigest()]
  `);
  const before = process.resourceUsage().maxRSS;
  const [sent, [octets, received]] = await Promise.all([sendBulk(sock), receiveBulk(sock)]);
  const grown = (process.resourceUsage().maxRSS - before) / 1024;
  assert.deepEqual(await exchanging, [BULK * MEBIOCTET, received, sent]);
  assert.equal(octets, BULK * MEBIOCTET);
  assert.ok(grown < 128, `grew by ${grown} MiB`);
});

test("256 MiB both ways at once through one connection with node:net", LIMIT, async (t) => {
  const [listening, port] = await listen(t);
  // node:net sends back what it receives, as it comes.
  const echo = netConnect({ port, host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => echo.destroy());
  await once(echo, "connect");
  echo.pipe(echo);
  const [sock] = await listening.accept();
  t.after(() => sock.close());
  const [sent, [octets, received]] = await Promise.all([sendBulk(sock), receiveBulk(sock)]);
  assert.equal(octets, BULK * MEBIOCTET);
  assert.equal(received, sent);
});

test("300 names are resolved at once", LIMIT, async () => {
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      index % 3 === 0
        ? getaddrinfo("localhost", 1000 + index, { type: SOCK_STREAM })
        : getaddrinfo(`127.0.${index % 2}.1`, 1000 + index, { type: SOCK_STREAM }),
    ),
  );
  for (const [index, answer] of answers.entries()) {
    assert.ok(answer.length > 0);
    for (const [, type, , , address] of answer) {
      assert.equal(type, SOCK_STREAM);
      assert.equal(address[1], 1000 + index);
      if (index % 3 !== 0) assert.equal(address[0], `127.0.${index % 2}.1`);
    }
  }
  const failures = await Promise.allSettled(
    Array.from({ length: 300 }, () => getaddrinfo("localhost", "no-such-service")),
  );
  for (const failure of failures) {
    assert.equal(failure.status, "rejected");
    assert.match((failure.reason as NodeJS.ErrnoException).code ?? "", /^EAI_/);
  }
});
