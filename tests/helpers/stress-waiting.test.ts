/**
 * Many calls that wait: they are served in order and each with its own, none starves another, closing a socket
 * ends those on it, waiting costs no processor time, and nothing passes from one owner of a descriptor to the next.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import {
  createServer as createNetServer,
  type Socket as NetSocket,
  connect as netConnect,
} from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  MSG_DONTWAIT,
  MSG_WAITALL,
  SHUT_WR,
  SO_SNDBUF,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../helpers/socket";
import { connection, listen, portOf, unread } from "./peers/connection";
import { Python } from "./peers/python";
import { Random } from "./peers/random";

const LIMIT = { timeout: 300_000 };

/** `count` sockets of ours, the other ends of which are Python's `peers`. */
async function connections(t: TestContext, python: Python, count: number): Promise<Socket[]> {
  const [listening, port] = await listen(t);
  await python.run(`peers = []`);
  const accepted: Socket[] = [];
  for (let i = 0; i < count; i++) {
    await python.run(`peers.append(socket.create_connection(("127.0.0.1", ${port})))`);
    accepted.push((await listening.accept())[0]);
  }
  t.after(() => {
    for (const each of accepted) each.close();
  });
  listening.close();
  return accepted;
}

/**
 * Sends until the connection takes no more; gives how many octets it took. It takes no more when the other side's
 * window is shut and the system does nothing but probe it.
 */
async function fill(sock: Socket): Promise<number> {
  sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192);
  const chunk = Buffer.alloc(65536, "f");
  for (let total = 0; ; ) {
    const isShut = probes(sock);
    try {
      total += await sock.send(chunk, MSG_DONTWAIT);
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
      if (isShut) return total;
      await sleep(5);
    }
  }
}

/** Whether the system probes the window of the other side, see the column `tr` of /proc/net/tcp, proc_pid_net(5). */
function probes(sock: Socket): boolean {
  const hexadecimal = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
  const ports = [portOf(sock), sock.getpeername()[1]].map(hexadecimal);
  const row = new RegExp(`:${ports[0]} \\w+:${ports[1]} \\w+ \\w+:\\w+ 04:`);
  return row.test(readFileSync("/proc/net/tcp", "latin1"));
}

test("200 sockets wait at once, and each receives what is its own", LIMIT, async (t) => {
  const python = new Python(t);
  await new Random(t).seed(python);
  const accepted = await connections(t, python, 200);
  const texts = accepted.map(async (sock) => (await sock.recv(16)).decode());
  await python.run(`
    for index in random.sample(range(200), 200):
        peers[index].sendall(f"this is {index}".encode())
  `);
  assert.deepEqual(
    await Promise.all(texts),
    accepted.map((_, index) => `this is ${index}`),
  );
});

test(
  "200 receives wait on one socket, and are served first come, first served",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    const order: number[] = [];
    const octets = Array.from({ length: 200 }, async (_, index) => {
      const data = await sock.recv(1);
      order.push(index);
      return data[0];
    });
    await python.run(
      "peer.sendall(bytes(range(100))); time.sleep(0.01); peer.sendall(bytes(range(100, 200)))",
    );
    const expected = Array.from({ length: 200 }, (_, index) => index);
    assert.deepEqual(await Promise.all(octets), expected);
    assert.deepEqual(order, expected);
  },
);

test("a receive that comes while others wait does not overtake them", LIMIT, async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const first = sock.recv(1);
  const sent = python.run(`peer.sendall(b"abc")`);
  while (unread(sock) < 3);
  // The octets are here; only the event loop has not been told.
  const second = sock.recv(1);
  const third = sock.recvfrom(1);
  assert.deepEqual(
    [(await first).decode(), (await second).decode(), (await third)[0].decode()],
    ["a", "b", "c"],
  );
  await sent;
});

test(
  "200 accepts wait on one socket, and are served first come, first served",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const [listening, port] = await listen(t, 256);
    const accepts = Array.from({ length: 200 }, () => listening.accept());
    const ports = await python.run<number[]>(`
    peers = [socket.create_connection(("127.0.0.1", ${port})) for _ in range(200)]
    [peer.getsockname()[1] for peer in peers]
  `);
    const accepted = await Promise.all(accepts);
    assert.deepEqual(
      accepted.map(([, address]) => address[1]),
      ports,
    );
    for (const [each] of accepted) each.close();
  },
);

test(
  "200 sends wait on one socket, and their octets arrive whole and in order",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    const filled = await fill(sock);
    const sizes = Array.from({ length: 200 }, (_, index) => sock.send(Buffer.alloc(5000, index)));
    const wrong = await python.run<number[]>(`
    def receive(length):
        data = bytearray()
        while len(data) < length:
            data += peer.recv(length - len(data))
        return data

    receive(${filled})
    [index for index in range(200) if receive(5000) != bytes([index]) * 5000]
  `);
    assert.deepEqual(wrong, []);
    assert.deepEqual(await Promise.all(sizes), Array(200).fill(5000));
  },
);

test("a receive that waits and a send that waits do not disturb each other", LIMIT, async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const filled = await fill(sock);
  let sent = false;
  const sending = sock.send(Buffer.alloc(100_000, "s")).then((count) => {
    sent = true;
    return count;
  });
  for (let i = 0; i < 20; i++) {
    const data = sock.recv(16);
    await python.run(`peer.sendall(b"number ${i}")`);
    assert.equal((await data).decode(), `number ${i}`);
  }
  assert.equal(sent, false, "the peer has received nothing yet");
  const receiving = sock.recv(16);
  await python.run(`
    left = ${filled} + 100_000
    while left > 0:
        left -= len(peer.recv(left))
  `);
  assert.equal(await sending, 100_000);
  await python.run(`peer.sendall(b"last")`);
  assert.equal((await receiving).decode(), "last");
});

test(
  "close rejects every call that waits on the socket, and the peer sees the end",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    const [listening] = await listen(t);
    const filled = await fill(sock);
    const waits = [
      sock.recv(16),
      sock.recv(16, MSG_WAITALL),
      sock.recvInto(Buffer.alloc(16)),
      sock.recvfrom(16),
      sock.send("more"),
      sock.sendall("more"),
      listening.accept(),
      listening.accept({ timeout: 20 }),
    ];
    const results = Promise.allSettled(waits);
    await sleep(20);
    sock.close();
    listening.close();
    for (const result of await results) {
      assert.equal(result.status, "rejected");
      assert.equal(typeof (result.reason as NodeJS.ErrnoException).code, "string");
    }
    const received = await python.run<number>(`
    total = 0
    while data := peer.recv(65536):
        total += len(data)
    total
  `);
    assert.equal(received, filled);
  },
);

test("close rejects a connect that waits", LIMIT, async (t) => {
  const python = new Python(t);
  const port = await python.run<number>(`
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(listening.getsockname())
    time.sleep(0.1)
    listening.getsockname()[1]
  `);
  const sock = socket();
  const connecting = assert.rejects(sock.connect(["127.0.0.1", port]));
  await sleep(20);
  sock.close();
  await connecting;
});

test("hundreds that wait cost no processor time", LIMIT, async (t) => {
  const python = new Python(t);
  const [listening] = await listen(t);
  const [full, halfClosed, unread, abandoned, ended, ...others] = await connections(t, python, 100);
  const { signal } = new AbortController();
  const waits: Promise<unknown>[] = [listening.accept()];
  for (const sock of others) waits.push(sock.recv(16, 0, { signal }), sock.recv(16));
  // Calls that wait for output only, while there is input, or its end.
  for (const sock of [full, halfClosed, unread]) await fill(sock);
  for (const sock of [full, halfClosed, unread]) waits.push(sock.send("more"));
  const served = full.recv(1);
  // Calls that have been cancelled, where input comes later, or its end.
  const controller = new AbortController();
  const cancelled = Promise.allSettled(
    [abandoned, ended, ...others].map((sock) => sock.recv(1, 0, { signal: controller.signal })),
  );
  controller.abort();
  await cancelled;
  await python.run(`
    peers[0].sendall(b"a")
    peers[1].shutdown(socket.SHUT_WR)
    peers[2].sendall(b"nobody asks for this")
    peers[3].sendall(b"nobody asks for this any more")
    peers[4].shutdown(socket.SHUT_WR)
  `);
  await served;
  await sleep(200);
  const before = process.cpuUsage();
  await sleep(1000);
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 200_000, `${(user + system) / 1000} ms of processor time in a second`);
  const results = Promise.allSettled(waits);
  for (const sock of [listening, full, halfClosed, unread, ...others]) sock.close();
  await results;
});

/** Has more octets come than anybody could receive one by one. */
const FLOOD = `
  def flood():
      while True:
          peer.sendall(bytes(100_000))

  threading.Thread(target=flood, daemon=True).start()
`;

for (const [name, prepare, call] of [
  ["recv(1) of what is here already", FLOOD, (sock: Socket) => sock.recv(1)],
  ["recvInto of what is here already", FLOOD, (sock: Socket) => sock.recvInto(Buffer.alloc(1))],
  ["recv at the end of file", "peer.shutdown(socket.SHUT_WR)", (sock: Socket) => sock.recv(1)],
  [
    "send to a fast reader",
    `
      def swallow():
          while peer.recv(1 << 20):
              pass

      threading.Thread(target=swallow, daemon=True).start()
    `,
    (sock: Socket) => sock.send("x"),
  ],
] as const) {
  test(`an endless row of ${name} starves neither timers nor other sockets`, LIMIT, async (t) => {
    const python = new Python(t);
    const busy = await connection(t, python, "peer");
    const calm = await connection(t, python, "other");
    await python.run(prepare);
    await python.run(`
      def echo():
          while data := other.recv(16):
              other.sendall(data)

      threading.Thread(target=echo, daemon=True).start()
    `);
    let stop = false;
    // Ends even a row that starves: the test then fails by what it did not reach.
    const deadline = performance.now() + 60_000;
    let pings = 0;
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    t.after(() => clearInterval(timer));
    const pinging = (async () => {
      while (!stop) {
        await calm.send("ping");
        if ((await calm.recv(16)).length === 0) return;
        pings += 1;
        if (pings >= 20 && ticks >= 20) stop = true;
      }
    })();
    while (!stop && performance.now() < deadline) await call(busy);
    const reached = { pings, ticks };
    stop = true;
    await pinging;
    assert.ok(
      reached.pings >= 20 && reached.ticks >= 20,
      `reached only ${JSON.stringify(reached)}`,
    );
  });
}

/** Closes `old`, and creates a socket that has the same descriptor. */
async function reuse(old: Socket, create: () => Socket): Promise<Socket> {
  const descriptor = old.fileno();
  old.close();
  const spare: Socket[] = [];
  for (let i = 0; i < 50; i++) {
    const sock = create();
    if (sock.fileno() === descriptor) {
      for (const each of spare) each.close();
      return sock;
    }
    spare.push(sock);
  }
  throw new Error("the descriptor did not come again");
}

test("nothing of a closed socket reaches the next owner of its descriptor", LIMIT, async (t) => {
  const python = new Python(t);
  const old = await connection(t, python, "former");
  const port = await python.run<number>(`
    listening = socket.create_server(("127.0.0.1", 0))
    listening.getsockname()[1]
  `);
  const controller = new AbortController();
  const { signal } = controller;
  const stale = Promise.allSettled([
    old.recv(16, 0, { timeout: 0.3 }),
    old.recv(16, 0, { signal }),
    old.recvInto(Buffer.alloc(16), 16, 0, { timeout: 0.3 }),
  ]);
  const sent = python.run(`former.sendall(b"for the former")`);
  while (unread(old) <= 0);
  // Input for the old socket is here; only the event loop has not been told.
  const sock = await reuse(old, () => socket());
  t.after(() => sock.close());
  assert.equal(old.fileno(), -1);
  await sock.connect(["127.0.0.1", port]);
  await python.run("peer = listening.accept()[0]");
  const receiving = sock.recv(16);
  let settled = false;
  const watch = receiving.finally(() => {
    settled = true;
  });
  for (const result of await stale) assert.equal(result.status, "rejected");
  controller.abort();
  old.close();
  old[Symbol.dispose]();
  await sent;
  await assert.rejects(old.recv(1));
  await assert.rejects(old.send("from the former"));
  assert.throws(() => old.shutdown(SHUT_WR));
  await sleep(500); // The old socket's timeouts would have come by now.
  assert.equal(settled, false);
  await python.run(`peer.sendall(b"for the new")`);
  assert.equal((await watch).decode(), "for the new");
  await sock.sendall("from the new");
  assert.equal(await python.run("peer.recv(100).decode()"), "from the new");
});

test("a second close does not reach a file that has the descriptor now", LIMIT, async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const descriptor = sock.fileno();
  sock.close();
  const files: number[] = [];
  t.after(() => {
    for (const file of files) closeSync(file);
  });
  for (let i = 0; i < 50 && !files.includes(descriptor); i++) files.push(openSync(__filename, "r"));
  assert.ok(files.includes(descriptor));
  sock.close();
  sock[Symbol.dispose]();
  await assert.rejects(sock.recv(16));
  for (const file of files) assert.ok(fstatSync(file).isFile());
});

test(
  "a second close does not reach a socket of node:net that has the descriptor now",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const old: Socket[] = [];
    for (let i = 0; i < 10; i++) old.push(await connection(t, python, `former${i}`));
    const descriptors = new Set(old.map((sock) => sock.fileno()));
    for (const sock of old) sock.close();
    const server = createNetServer((each) => each.pipe(each)).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const clients: NetSocket[] = [];
    for (let i = 0; i < 5; i++) {
      const client = netConnect(address.port, "127.0.0.1");
      t.after(() => client.destroy());
      await once(client, "connect");
      clients.push(client);
    }
    const owned = [server, ...clients].map(
      (each) => (each as unknown as { _handle: { fd: number } })._handle.fd,
    );
    assert.ok(owned.some((fd) => descriptors.has(fd)));
    for (const sock of old) {
      sock.close();
      await assert.rejects(sock.send("x"));
    }
    for (const client of clients) {
      client.write("still here");
      const [data] = await once(client, "data");
      assert.equal(String(data), "still here");
    }
  },
);

test(
  "a child process does not inherit a socket, and keeps no connection open",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    const [listening, port] = await listen(t);
    const child = spawn(process.execPath, [
      "--eval",
      "console.log(1); setTimeout(() => {}, 60_000)",
    ]);
    t.after(() => child.kill("SIGKILL"));
    await once(child.stdout, "data");
    sock.close();
    listening.close();
    const seen = await python.run<[string, string]>(`
    def attempt(call):
        try:
            return repr(call())
        except OSError as error:
            return type(error).__name__

    peer.settimeout(5)
    [
        attempt(lambda: peer.recv(1)),
        attempt(lambda: socket.create_connection(("127.0.0.1", ${port}), timeout=5)),
    ]
  `);
    assert.deepEqual(seen, ["b''", "ConnectionRefusedError"]);
  },
);

test(
  "what a call answers at once it answers at once however often it is called",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    const [listening] = await listen(t);
    const full = await connection(t, python, "other");
    await fill(full);
    const often = async (call: () => Promise<unknown>, expected: unknown) => {
      for (let i = 0; i < 200; i++) {
        const answer = await call().catch((error: NodeJS.ErrnoException) => error.code);
        assert.deepEqual(answer, expected, `${call}, time ${i + 1}`);
      }
    };
    const options = { timeout: 3 };
    await often(() => listening.recv(1, 0, options), "ENOTCONN");
    await often(() => listening.recvInto(Buffer.alloc(1), 1, 0, options), "ENOTCONN");
    await often(() => listening.send("x", 0, options), "EPIPE");
    await often(() => sock.accept(options), "EINVAL");
    await often(() => sock.connect(["127.0.0.1", 9], options), "EISCONN");
    await often(async () => (await sock.recv(0, 0, options)).length, 0);
    await often(() => sock.recvInto(Buffer.alloc(0), 0, 0, options), 0);
    await often(() => full.send("", 0, options), 0);
    await often(() => full.sendall("", 0, options), undefined);
    // What a cancelled MSG_WAITALL had gathered is there for the next calls.
    await python.run(`peer.sendall(bytes(200))`);
    const signal = AbortSignal.timeout(50);
    await assert.rejects(sock.recv(1000, MSG_WAITALL, { signal }), { name: "TimeoutError" });
    await often(async () => (await sock.recv(1, 0, options))[0], 0);
  },
);

test("a send that is cut short by shutdown does not disturb a later receive", LIMIT, async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const filled = await fill(sock);
  const sending = sock
    .send(Buffer.alloc(2 ** 24))
    .catch((error: NodeJS.ErrnoException) => error.code);
  await python.run(`
    left = ${filled} + 1000
    while left > 0:
        left -= len(peer.recv(left))
  `);
  await sleep(50);
  sock.shutdown(SHUT_WR);
  const sent = await sending;
  assert.ok(sent === "EPIPE" || (typeof sent === "number" && sent >= 1000), String(sent));
  await python.run(`peer.sendall(b"still talking")`);
  assert.equal((await sock.recv(100)).decode(), "still talking");
});

test(
  "what a cancelled wait had gathered goes to the one behind it, without new input",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    const controller = new AbortController();
    const first = assert.rejects(sock.recv(100, MSG_WAITALL, { signal: controller.signal }));
    const second = sock.recv(100, 0, { timeout: 5 });
    await python.run(`peer.sendall(b"gathered")`);
    await sleep(50);
    controller.abort();
    await first;
    assert.equal((await second).decode(), "gathered");
    const third = assert.rejects(sock.recv(100, MSG_WAITALL, { timeout: 0.1 }), {
      code: "ETIMEDOUT",
    });
    const fourth = sock.recv(100, 0, { timeout: 5 });
    await python.run(`peer.sendall(b"more")`);
    await third;
    assert.equal((await fourth).decode(), "more");
  },
);
