/**
 * Waits that are cancelled, each kind a thousand times and racing with what it waits for, lose nothing: Python at
 * the other end counts every connection and every octet.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  MSG_PEEK,
  MSG_WAITALL,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../helpers/socket";
import { CURRENT_CELL } from "../../interface/cell";
import { connection, listen, portOf } from "./peers/connection";
import { Python } from "./peers/python";
import { Random } from "./peers/random";

const ABORTS = 1000;
const LIMIT = { timeout: 300_000 };

type Options = { signal?: AbortSignal; timeout?: number };
type Cancelled = { readonly cancelled: true };

/**
 * Calls `wait` and cancels it at a random moment, from this very turn to `latest` milliseconds from now, by an abort
 * or at times by a timeout. Gives what it gave, or, after it was cancelled in the right way, `{ cancelled: true }`.
 */
async function cancelSoon<Value>(
  random: Random,
  wait: (options: Options) => Promise<Value>,
  latest = 2,
): Promise<Value | Cancelled> {
  if (random.next() * latest > 1.8) {
    try {
      return await wait({ timeout: 0.0001 + random.next() / 1000 });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "ETIMEDOUT");
      return { cancelled: true };
    }
  }
  const controller = new AbortController();
  const reason = new Error("enough");
  const abort = () => controller.abort(reason);
  const soon = [
    abort,
    () => queueMicrotask(abort),
    () => process.nextTick(abort),
    () => setImmediate(abort),
  ];
  const result = wait({ signal: controller.signal });
  if (random.next() * latest > 1) setTimeout(abort, random.next() * latest);
  else soon[random.below(soon.length)]();
  try {
    return await result;
  } catch (error) {
    assert.equal(error, reason);
    return { cancelled: true };
  }
}

function isCancelled(result: unknown): result is Cancelled {
  return typeof result === "object" && result !== null && "cancelled" in result;
}

test("1,000 aborted accepts take no connection", LIMIT, async (t) => {
  const [listening, port] = await listen(t);
  const python = new Python(t);
  const random = new Random(t);
  await random.seed(python);
  const count = 500;
  await python.run(`
    connections = []

    def connect_all():
        for number in range(${count}):
            connection = socket.create_connection(("127.0.0.1", ${port}))
            connection.sendall(struct.pack("!I", number))
            connections.append(connection)
            time.sleep(random.random() * 0.003)

    connecting = threading.Thread(target=connect_all)
    connecting.start()
  `);
  let aborts = 0;
  const accepted: Socket[] = [];
  t.after(() => {
    for (const each of accepted) each.close();
  });
  while (aborts < ABORTS || accepted.length < count) {
    const result = await cancelSoon(random, (options) => listening.accept(options));
    if (isCancelled(result)) aborts += 1;
    else accepted.push(result[0]);
  }
  for (const [number, each] of accepted.entries()) {
    const data = await each.recv(4, MSG_WAITALL);
    assert.equal(Buffer.from(data).readUInt32BE(), number, "accepted in the order of their coming");
    await each.sendall(data);
  }
  const echoed = await python.run<number[]>(`
    connecting.join()
    [struct.unpack("!I", connection.recv(4))[0] for connection in connections]
  `);
  assert.deepEqual(echoed, [...accepted.keys()]);
});

type Receive = (sock: Socket, length: number, options: Options) => Promise<Uint8Array>;

const receivers: Record<string, Receive> = {
  recv: (sock, length, options) => sock.recv(length, 0, options),
  "recv with MSG_WAITALL": (sock, length, options) => sock.recv(length, MSG_WAITALL, options),
  async recvInto(sock, length, options) {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, await sock.recvInto(buffer, length, 0, options));
  },
  async recvfrom(sock, length, options) {
    return (await sock.recvfrom(length, 0, options))[0];
  },
};

for (const [name, receive] of Object.entries(receivers)) {
  test(`1,000 aborted calls of ${name} take no octet`, LIMIT, async (t) => {
    const python = new Python(t);
    const random = new Random(t);
    await random.seed(python);
    const sock = await connection(t, python);
    await python.run(`
      enough = threading.Event()
      sent = hashlib.sha256()

      def send_random():
          while not enough.is_set():
              data = random.randbytes(random.randint(1, 400))
              sent.update(data)
              peer.sendall(data)
              time.sleep(random.random() * 0.002)
          peer.shutdown(socket.SHUT_WR)

      sending = threading.Thread(target=send_random)
      sending.start()
    `);
    const received = createHash("sha256");
    let aborts = 0;
    let told: Promise<unknown> | undefined;
    for (;;) {
      const result = await cancelSoon(random, (options) =>
        receive(sock, 1 + random.below(300), options),
      );
      if (isCancelled(result)) aborts += 1;
      else if (result.length === 0) break;
      else received.update(result);
      if (aborts >= ABORTS) told ??= python.run("enough.set()");
    }
    await told;
    const sent = await python.run<string>("sending.join(); sent.hexdigest()");
    assert.equal(received.digest("hex"), sent);
  });
}

test("1,000 aborted calls of recvfrom take no datagram", LIMIT, async (t) => {
  const python = new Python(t);
  const random = new Random(t);
  await random.seed(python);
  const sock = socket(undefined, SOCK_DGRAM);
  t.after(() => sock.close());
  await sock.bind(["127.0.0.1", 0]);
  await python.run(`
    enough = threading.Event()

    def send_numbers():
        with socket.socket(type=socket.SOCK_DGRAM) as peer:
            peer.connect(("127.0.0.1", ${portOf(sock)}))
            number = 0
            while not enough.is_set():
                peer.send(struct.pack("!I", number))
                number += 1
                time.sleep(random.random() * 0.002)
                if number % 64 == 0:
                    peer.recv(2)  # The receiver keeps up: no datagram is dropped.
            peer.send(struct.pack("!Iq", number, 0))

    sending = threading.Thread(target=send_numbers)
    sending.start()
  `);
  let aborts = 0;
  let told: Promise<unknown> | undefined;
  for (let number = 0; ; ) {
    const result = await cancelSoon(random, (options) => sock.recvfrom(100, 0, options));
    if (isCancelled(result)) {
      aborts += 1;
    } else {
      const [data, address] = result;
      assert.equal(Buffer.from(data).readUInt32BE(), number);
      if (data.length > 4) break;
      number += 1;
      if (number % 64 === 0) await sock.sendto("go", address);
    }
    if (aborts >= ABORTS) told ??= python.run("enough.set()");
  }
  await told;
});

test(
  "1,000 aborted sends: the peer has every octet that was reported taken, and no other",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const random = new Random(t);
    await random.seed(python);
    const sock = await connection(t, python);
    sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192);
    await python.run(`
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    received = hashlib.sha256()
    total = 0

    def receive():
        global total
        while data := peer.recv(random.randint(1, 8192)):
            received.update(data)
            total += len(data)
            time.sleep(random.random() * 0.001)

    receiving = threading.Thread(target=receive)
    receiving.start()
  `);
    const content = Buffer.from(
      Array.from({ length: 40_000 }, (_, index) => (index * 31 + (index >> 8)) & 255),
    );
    const sent = createHash("sha256");
    let total = 0;
    let aborts = 0;
    while (aborts < ABORTS) {
      const start = random.below(content.length);
      const data = content.subarray(start, start + 20_000);
      const result = await cancelSoon(random, (options) => sock.send(data, 0, options));
      if (isCancelled(result)) {
        aborts += 1;
      } else {
        if (result < data.length) aborts += 1; // Cancelled after a part had been taken.
        total += result;
        sent.update(data.subarray(0, result));
      }
    }
    sock.close();
    const counted = await python.run<[number, string]>(
      "receiving.join(); [total, received.hexdigest()]",
    );
    assert.deepEqual(counted, [total, sent.digest("hex")]);
  },
);

test(
  "1,000 aborted connects, racing with success: both ends agree on which are connected",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const random = new Random(t);
    await random.seed(python);
    const port = await python.run<number>(`
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    served = []

    def serve():
        while True:
            connection = listening.accept()[0]
            try:
                number = connection.recv(4)
            except ConnectionError:
                number = b""
            if number == b"stop":
                break
            if number:
                served.append(struct.unpack("!I", number)[0])
                connection.sendall(number)
            connection.close()

    serving = threading.Thread(target=serve)
    serving.start()
    listening.getsockname()[1]
  `);
    const connected: number[] = [];
    let aborts = 0;
    for (let number = 0; aborts < ABORTS || connected.length < 100; number++) {
      const sock = socket();
      const unhurried = aborts >= ABORTS;
      // A name: to a number the system connects within the call, and no abort could come in between.
      const connect = (options?: Options) => sock.connect(["localhost", port], options);
      if (isCancelled(await (unhurried ? connect() : cancelSoon(random, connect)))) {
        aborts += 1;
      } else {
        const data = Buffer.alloc(4);
        data.writeUInt32BE(number);
        await sock.sendall(data);
        assert.deepEqual(Buffer.from(await sock.recv(4, MSG_WAITALL)), data);
        connected.push(number);
      }
      sock.close();
    }
    const last = socket();
    await last.connect(["127.0.0.1", port]);
    await last.sendall("stop");
    const served = await python.run<number[]>("serving.join(); served");
    last.close();
    assert.deepEqual(served, connected);
  },
);

/** A port of Python's on which connections stay incomplete until `make_room()` is run. */
async function fullListener(python: Python): Promise<number> {
  return python.run<number>(`
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    listening.settimeout(0.2)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(listening.getsockname())
    time.sleep(0.1)

    def make_room():
        """Accepts all who wait in the queue, and counts those that are not ours."""
        strangers = 0
        try:
            while True:
                connection, address = listening.accept()
                names = [filler.getsockname() for filler in fillers]
                strangers += address not in names
                fillers.append(connection)
        except TimeoutError:
            return strangers

    listening.getsockname()[1]
  `);
}

test(
  "1,000 aborted connects to a listener that is full leave nothing in its queue",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const random = new Random(t);
    await random.seed(python);
    const port = await fullListener(python);
    for (let aborts = 0; aborts < ABORTS; aborts++) {
      const sock = socket();
      const result = await cancelSoon(random, (options) =>
        sock.connect(["127.0.0.1", port], options),
      );
      assert.ok(isCancelled(result), "the queue is full");
      sock.close();
    }
    assert.equal(await python.run<number>("make_room()"), 0);
  },
);

test("after an aborted connect the same socket can connect", LIMIT, async (t) => {
  const python = new Python(t);
  const port = await fullListener(python);
  const sock = socket();
  t.after(() => sock.close());
  await assert.rejects(sock.connect(["127.0.0.1", port], { timeout: 0.05 }), { code: "ETIMEDOUT" });
  await python.run("make_room()");
  await sock.connect(["127.0.0.1", port]);
  await sock.sendall("here");
  const text = await python.run<string>(`
    listening.settimeout(10)
    while True:
        connection = listening.accept()[0]
        if connection.getpeername()[1] == ${portOf(sock)}:
            break
    connection.recv(4).decode()
  `);
  assert.equal(text, "here");
});

test(
  "a signal aborted beforehand prevents the call, though it could succeed at once",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    const [listening, port] = await listen(t);
    await python.run(`
    peer.sendall(b"data")
    waiting = socket.create_connection(("127.0.0.1", ${port}))
  `);
    assert.equal((await sock.recv(4, MSG_PEEK)).length, 4);
    const reason = new Error("beforehand");
    const signal = AbortSignal.abort(reason);
    const same = (error: unknown) => error === reason;
    await assert.rejects(sock.recv(4, 0, { signal }), same);
    await assert.rejects(sock.recvInto(Buffer.alloc(4), 4, 0, { signal }), same);
    await assert.rejects(sock.send("never", 0, { signal }), same);
    await assert.rejects(sock.sendall("never", 0, { signal }), same);
    await assert.rejects(listening.accept({ signal }), same);
    assert.equal((await sock.recv(100)).decode(), "data");
    (await listening.accept())[0].close();
    sock.close();
    assert.equal(await python.run("peer.recv(100).decode()"), "");
  },
);

test("a signal may serve any number of calls: none leaves a listener on it", LIMIT, async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  await python.run(`
    def echo():
        while data := peer.recv(4):
            peer.sendall(data)

    threading.Thread(target=echo, daemon=True).start()
  `);
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on("warning", warned);
  t.after(() => process.off("warning", warned));
  const { signal } = new AbortController();
  for (let i = 0; i < 1000; i++) {
    const reply = sock.recv(4, 0, { signal });
    await sock.send("ping", 0, { signal });
    await reply;
  }
  assert.equal(getEventListeners(signal, "abort").length, 0);
  await nextTurn();
  assert.deepEqual(warnings, []);
});

test("an aborted wait leaves its place in the queue to those behind it", LIMIT, async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const controllers = Array.from({ length: 100 }, () => new AbortController());
  const waits = controllers.map(({ signal }) => sock.recv(1, 0, { signal }));
  const results = Promise.allSettled(waits);
  for (const [index, controller] of controllers.entries()) if (index % 2 === 0) controller.abort();
  const letters = String.fromCharCode(...Array.from({ length: 50 }, (_, index) => 65 + index));
  await python.run(`peer.sendall(${JSON.stringify(letters)}.encode())`);
  const received = (await results).map((result) =>
    result.status === "fulfilled" ? result.value.decode() : "",
  );
  assert.deepEqual(
    received,
    [...letters].flatMap((letter) => ["", letter]),
  );
});

test(
  "an interrupt of the cell cancels what the cell waits for, and takes nothing",
  LIMIT,
  async (t) => {
    const python = new Python(t);
    const sock = await connection(t, python);
    const [listening, port] = await listen(t);
    const interrupt = new AbortController();
    const cell = { executionCount: 1, signal: interrupt.signal, onRerun: () => () => {} };
    Object.defineProperty(globalThis, CURRENT_CELL, { value: () => cell, configurable: true });
    const waits = [sock.recv(4), listening.accept(), sock.recvInto(Buffer.alloc(4))];
    Reflect.deleteProperty(globalThis, CURRENT_CELL);
    const results = Promise.allSettled(waits);
    const reason = new Error("interrupted");
    interrupt.abort(reason);
    await python.run(
      `peer.sendall(b"next"); late = socket.create_connection(("127.0.0.1", ${port}))`,
    );
    assert.deepEqual(
      (await results).map((result) => result.status === "rejected" && result.reason),
      [reason, reason, reason],
    );
    assert.equal((await sock.recv(4)).decode(), "next");
    (await listening.accept())[0].close();
  },
);
