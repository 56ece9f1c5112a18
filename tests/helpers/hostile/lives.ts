/**
 * Sockets at the ends of their lives: closed, forged, too many, collected, left behind.
 *
 * @module
 */
import assert from "node:assert/strict";
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Descriptor } from "../../../helpers/posix/descriptor";
import {
  AF_INET,
  getaddrinfo,
  SHUT_RDWR,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  socket,
} from "../../../helpers/socket";
import { type Case, close, collect, pair, refused, survived, untyped, works } from "./case";

export const cases: Record<string, Case> = {
  async "every use after close fails, and harms nobody"() {
    const [near, far] = await pair();
    near.close();
    const [other, end] = await pair(); // Has near's descriptor.
    const calls: Record<string, unknown[]> = {
      accept: [],
      bind: [["127.0.0.1", 0]],
      connect: [["127.0.0.1", 9]],
      getpeername: [],
      getsockname: [],
      getsockopt: [SOL_SOCKET, SO_REUSEADDR],
      listen: [1],
      recv: [1],
      recvInto: [new Uint8Array(1)],
      recvfrom: [1],
      send: ["x"],
      sendall: ["x"],
      sendto: ["x", 0, ["127.0.0.1", 9]],
      setsockopt: [SOL_SOCKET, SO_REUSEADDR, 1],
      shutdown: [SHUT_RDWR],
    };
    for (const [name, args] of Object.entries(calls)) {
      const error = await refused(() => untyped(near, name, ...args), name);
      assert.equal((error as NodeJS.ErrnoException).code, "EBADF", name);
    }
    assert.equal(near.fileno(), -1);
    for (let i = 0; i < 3; i++) near.close();
    near[Symbol.dispose]();
    await works([other, end]);
    close(far, other, end);
  },

  async "methods taken from their socket"() {
    const [near, far] = await pair();
    const names = [
      "accept",
      "bind",
      "close",
      "connect",
      "fileno",
      "getsockname",
      "listen",
      "recv",
      "send",
      "shutdown",
    ];
    const others = [
      undefined,
      null,
      {},
      Object.create(near),
      new Proxy(near, {}),
      Object.getPrototypeOf(near),
    ];
    for (const name of names) {
      const method = (near as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
      for (const other of others) await refused(() => method.call(other, 1), name);
    }
    await works([near, far]);
    close(near, far);
  },

  async "a socket cannot be made of somebody else's descriptor"() {
    const folder = mkdtempSync(join(tmpdir(), "hostile-"));
    const file = openSync(join(folder, "file"), "w+");
    for (const forged of [0, 1, 2, 3, file, 2 ** 32 + file]) {
      for (const position of [0, 1, 2, 3, 4, 5]) {
        const args: unknown[] = [AF_INET, SOCK_STREAM, 0];
        args[position] = forged;
        const Constructor = Socket as unknown as new (...args: unknown[]) => Socket;
        const made = await survived(() => new Constructor(...args));
        if (!(made instanceof Error)) {
          if (position > 2) assert.notEqual((made as Socket).fileno(), forged);
          (made as Socket).close();
        }
        const imitation = await survived(() =>
          Object.assign(Object.create(Socket.prototype), { fd: forged, _fd: forged }).close(),
        );
        assert.ok(imitation instanceof Error);
      }
    }
    const descriptor = Descriptor.open(AF_INET, SOCK_STREAM, 0);
    const owner = new Socket(AF_INET, SOCK_STREAM, 0, descriptor);
    assert.throws(() => new Socket(AF_INET, SOCK_STREAM, 0, descriptor), TypeError);
    owner.close();
    assert.ok(fstatSync(file).isFile());
    closeSync(file);
    rmSync(folder, { recursive: true });
    const both = await pair();
    await works(both);
    close(...both);
  },

  async "descriptors run out, and come back"() {
    const socks: Socket[] = [];
    let error: NodeJS.ErrnoException | undefined;
    while (error === undefined && socks.length < 5000) {
      try {
        socks.push(socket());
      } catch (caught) {
        error = caught as NodeJS.ErrnoException;
      }
    }
    assert.equal(error?.code, "EMFILE", `after ${socks.length} sockets`);
    close(...socks);
    const both = await pair();
    await works(both);
    close(...both);
  },

  async "accept without a free descriptor loses no connection"() {
    const listening = socket();
    await listening.bind(["127.0.0.1", 0]);
    listening.listen(10);
    const near = socket();
    const socks: Socket[] = [];
    const waiting = survived(() => listening.accept());
    await sleep(10);
    try {
      for (;;) socks.push(socket());
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "EMFILE");
    }
    await near.connect(["127.0.0.1", Number(listening.getsockname()[1])]);
    const first = await waiting;
    assert.equal((first as NodeJS.ErrnoException).code, "EMFILE");
    await assert.rejects(listening.accept(), { code: "EMFILE" });
    close(...socks);
    const [far] = await listening.accept();
    await works([near, far]);
    close(near, far, listening);
  },

  async "collections while calls wait"() {
    const waits: Promise<string>[] = [];
    const ends: Socket[] = [];
    for (let i = 0; i < 50; i++) {
      await (async () => {
        const [near, far] = await pair();
        waits.push(near.recv(100).then((data) => data.decode()));
        const view = new Uint8Array(16);
        waits.push(
          near.recvInto(view).then((count) => Buffer.from(view.buffer, 0, count).toString()),
        );
        ends.push(far);
      })();
    }
    for (let i = 0; i < 5; i++) {
      collect();
      Array.from({ length: 1000 }, () => new Uint8Array(1024)); // What was freed is written over.
      await sleep(5);
    }
    for (const [index, far] of ends.entries()) {
      await far.sendall(`to recv ${index}`);
      assert.equal(await waits[2 * index], `to recv ${index}`);
      await far.sendall(`to recvInto ${index}`.slice(0, 16));
      assert.equal(await waits[2 * index + 1], `to recvInto ${index}`.slice(0, 16));
      collect();
    }
    close(...ends);
  },

  async "collections while names are resolved"() {
    const answers = Array.from({ length: 50 }, (_, index) =>
      getaddrinfo("localhost", 1000 + index),
    );
    const timer = setInterval(collect, 1);
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      for (const [, , , , address] of answer) assert.equal(address[1], 1000 + index);
    }
    clearInterval(timer);
  },

  async "a thousand sockets opened and closed while they wait"() {
    for (let i = 0; i < 1000; i++) {
      const sock = socket(AF_INET, SOCK_DGRAM);
      await sock.bind(["127.0.0.1", 0]);
      const waiting = assert.rejects(sock.recv(1));
      if (i % 3 === 0) await sleep(0);
      sock.close();
      await waiting;
    }
  },

  async "open sockets that wait for nothing do not keep the process"() {
    const listening = socket();
    await listening.bind(["127.0.0.1", 0]);
    listening.listen(1);
    const [near, far] = await pair();
    await assert.rejects(near.recv(1, 0, { timeout: 0.01 }), { code: "ETIMEDOUT" });
    const controller = new AbortController();
    const waiting = assert.rejects(listening.accept({ signal: controller.signal, timeout: 3600 }));
    controller.abort();
    await waiting;
    await far.sendall("x");
    await near.recv(1);
    await getaddrinfo("localhost", 80);
    // All three are open, and the process is expected to end now.
  },

  async "a worker may import the helper: it works there, or says that it cannot"() {
    const source = `
      const { socket } = require(${JSON.stringify(require.resolve("../../../helpers/socket"))});
      (async () => {
        const listening = socket();
        await listening.bind(["127.0.0.1", 0]);
        listening.listen(1);
        await listening.accept({ timeout: 0.05 });
      })().catch((error) => require("node:worker_threads").parentPort.postMessage(error.code ?? error.message));
    `;
    for (const end of ["by itself", "terminated"]) {
      const worker = new Worker(source, { eval: true });
      const messages: unknown[] = [];
      worker.on("message", (message) => messages.push(message));
      worker.on("error", (error) => messages.push(error.message));
      const ended = new Promise((resolve) => worker.on("exit", resolve));
      const said = new Promise((resolve) => worker.on("message", resolve).on("error", resolve));
      // Not in the middle of its import: Node itself may abort then.
      if (end === "terminated") void said.then(() => worker.terminate());
      await ended;
      if (end === "by itself") assert.ok(messages.length > 0);
    }
    const both = await pair();
    await works(both);
    close(...both);
  },

  async "process.exit while calls wait"() {
    const [near] = await pair();
    void Promise.allSettled([
      near.recv(1),
      near.recv(1),
      near.send(Buffer.alloc(2 ** 24)),
      getaddrinfo("localhost", 80),
    ]);
    await sleep(20);
    console.log("survived");
    process.exit();
  },

  async "an uncaught error while calls wait"() {
    const [near] = await pair();
    void Promise.allSettled([near.recv(1), near.send(Buffer.alloc(2 ** 24))]);
    process.on("exit", (status) => {
      assert.equal(status, 1);
      process.exitCode = 0;
    });
    setTimeout(() => {
      throw new Error("uncaught on purpose");
    }, 20);
  },

  async "input that comes as the process ends"() {
    const [near, far] = await pair();
    const waiting = near.recv(1);
    await sleep(10);
    await far.send("x");
    await waiting;
    await sleep(10);
    far.close(); // near gets the end of file when nobody waits, and nothing more is to be done.
  },

  async "input that comes as the process exits, for one who waits"() {
    const [near, far] = await pair();
    void Promise.allSettled([near.recv(1), near.send(Buffer.alloc(2 ** 24))]);
    await sleep(10);
    await far.send("x");
    console.log("survived");
    process.exit();
  },

  async "a socket that is used as the process exits"() {
    const [near, far] = await pair();
    const waiting = near.recv(1);
    await sleep(10);
    await far.send("x");
    await waiting;
    process.on("exit", () => {
      void survived(() => near.recv(1));
      void survived(() => far.send("y"));
      near.getsockname();
      near.close();
    });
  },

  async "a descriptor that somebody closed behind the socket's back"() {
    for (const watched of [false, true]) {
      const [near, far] = await pair();
      if (watched) await refused(() => near.recv(1, 0, { timeout: 0.01 }));
      closeSync(near.fileno());
      const waits = [
        near.recv(1, 0, { timeout: 0.01 }),
        near.recvInto(new Uint8Array(1)),
        near.send("x"),
      ];
      for (const result of await Promise.allSettled(waits)) assert.equal(result.status, "rejected");
      await survived(() => near.getsockname());
      await survived(() => near.close());
      await sleep(20);
      close(far);
    }
    const [near, far] = await pair();
    const waiting = survived(() => near.recv(1, 0, { timeout: 0.05 }));
    await sleep(10);
    closeSync(near.fileno());
    await waiting;
    await survived(() => near.close());
    close(far);
    const both = await pair();
    await works(both);
    close(...both);
  },
};
