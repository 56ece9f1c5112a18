/**
 * Bytes that are none, or cease to be while a call waits.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { createContext, runInContext } from "node:vm";
import { MSG_DONTWAIT } from "../../../helpers/socket";
import { type Case, close, collect, pair, refused, survived, untyped, works } from "./case";

export const cases: Record<string, Case> = {
  async "what is no bytes is not sent"() {
    const [near, far] = await pair();
    for (const data of [
      undefined,
      null,
      5,
      5n,
      true,
      Symbol("x"),
      {},
      { length: 4 },
      () => "x",
      [1, 2, 3],
      new Date(0),
      new Proxy(new Uint8Array(4), {}),
    ]) {
      const note = typeof data === "object" ? "object" : String(data);
      await refused(() => untyped(near, "send", data), note);
      await refused(() => untyped(near, "sendall", data), note);
    }
    await works([near, far]);
    close(near, far);
  },

  async "a view of a detached buffer"() {
    const [near, far] = await pair();
    const view = new Uint8Array(16);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    const dataView = new DataView(new ArrayBuffer(16));
    structuredClone(dataView.buffer, { transfer: [dataView.buffer] });
    await far.sendall("precious");
    for (const each of [view, dataView]) {
      for (const count of [undefined, 1, 16]) {
        const result = await survived(() => near.recvInto(each, count));
        assert.ok(result instanceof Error || result === 0);
      }
      const sent = await survived(() => near.send(each, MSG_DONTWAIT));
      assert.ok(sent instanceof Error || sent === 0);
    }
    assert.equal((await near.recv(100)).decode(), "precious");
    await works([near, far]);
    close(near, far);
  },

  async "a buffer that is detached while recvInto waits"() {
    const [near, far] = await pair();
    const view = new Uint8Array(2 ** 16);
    const waiting = survived(() => near.recvInto(view));
    await sleep(10);
    const moved = structuredClone(view.buffer, { transfer: [view.buffer] });
    await far.sendall("precious");
    const result = await waiting;
    assert.ok(result instanceof Error || result === 0, `took ${result} octets into nothing`);
    assert.ok(new Uint8Array(moved).every((octet) => octet === 0));
    assert.equal((await near.recv(100)).decode(), "precious");
    collect();
    await works([near, far]);
    close(near, far);
  },

  async "a buffer that is detached while send waits"() {
    const [near, far] = await pair();
    const data = Buffer.alloc(2 ** 24, "d");
    const view = new Uint8Array(data.buffer, data.byteOffset, data.length);
    const waiting = survived(() => near.send(view));
    await sleep(10);
    structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
    collect();
    let total = 0;
    const counting = (async () => {
      for (;;) {
        const received = await far.recv(65536);
        if (received.length === 0) return;
        assert.ok(
          received.every((octet) => octet === 0x64),
          "foreign memory was sent",
        );
        total += received.length;
      }
    })();
    const result = await waiting;
    near.close();
    await counting;
    if (typeof result === "number") assert.equal(total, result);
    close(far);
  },

  async "resizable buffers, shrunk and grown while calls wait"() {
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: object,
    ) => ArrayBuffer & { resize(length: number): void };
    const [near, far] = await pair();
    const buffer = new Resizable(4096, { maxByteLength: 65536 });
    await far.sendall("precious");
    const direct = await survived(() => near.recvInto(new Uint8Array(buffer)));
    if (direct instanceof Error) assert.equal((await near.recv(100)).length, 8);
    else assert.equal(direct, 8);
    for (const size of [0, 4, 65536]) {
      buffer.resize(4096);
      const waiting = survived(() => near.recvInto(new Uint8Array(buffer)));
      const fixed = survived(() => near.recvInto(new Uint8Array(buffer, 4000, 90)));
      await sleep(10);
      buffer.resize(size);
      await far.sendall(Buffer.alloc(10_000, "r"));
      let left = 10_000;
      for (const result of [await waiting, await fixed]) {
        if (typeof result !== "number") continue;
        assert.ok(result <= size, `${result} octets into ${size}`);
        left -= result;
      }
      while (left > 0) left -= (await near.recv(left)).length;
    }
    buffer.resize(65536);
    await far.sendall("after");
    assert.equal((await near.recv(100)).decode(), "after");
    await works([near, far]);
    close(near, far);
  },

  async "a resizable buffer, shrunk while send waits"() {
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: object,
    ) => ArrayBuffer & { resize(length: number): void };
    const [near, far] = await pair();
    const buffer = new Resizable(2 ** 24, { maxByteLength: 2 ** 24 });
    const view = new Uint8Array(buffer).fill(0x64);
    const waiting = survived(() => near.send(view));
    await sleep(10);
    buffer.resize(16);
    let total = 0;
    const counting = (async () => {
      for (;;) {
        const received = await far.recv(65536);
        if (received.length === 0) return;
        assert.ok(
          received.every((octet) => octet === 0x64),
          "what was cut off was sent",
        );
        total += received.length;
      }
    })();
    const result = await waiting;
    near.close();
    await counting;
    if (typeof result === "number") assert.equal(total, result);
    close(far);
  },

  async "shared memory"() {
    const [near, far] = await pair();
    const shared = new Uint8Array(new SharedArrayBuffer(16));
    await far.sendall("precious");
    const result = await survived(() => near.recvInto(shared));
    if (result instanceof Error) assert.equal((await near.recv(100)).decode(), "precious");
    else assert.equal(Buffer.from(shared.slice(0, 8)).toString(), "precious");
    const sent = await survived(() => near.send(shared));
    if (!(sent instanceof Error)) assert.equal((await far.recv(100)).length, sent);
    await works([near, far]);
    close(near, far);
  },

  async "bytes from another realm"() {
    const [near, far] = await pair();
    const foreign = runInContext("new Uint8Array([102, 97, 114])", createContext()) as Uint8Array;
    const sent = await survived(() => near.send(foreign));
    if (!(sent instanceof Error)) assert.equal((await far.recv(100)).decode(), "far");
    await works([near, far]);
    close(near, far);
  },

  async "strings that are no text"() {
    const [near, far] = await pair();
    await near.sendall("\ud800 lone");
    assert.deepEqual([...(await far.recv(100))], [...Buffer.from("\ud800 lone")]);
    await near.sendall("\0");
    assert.deepEqual([...(await far.recv(100))], [0]);
    assert.equal(await near.send(""), 0);
    await near.sendall("");
    await works([near, far]);
    close(near, far);
  },

  async "zero octets"() {
    const [near, far] = await pair();
    await far.sendall("precious");
    assert.equal((await near.recv(0)).length, 0);
    const result = await survived(() => near.recvInto(new Uint8Array(0)));
    assert.ok(result instanceof Error || result === 0);
    assert.equal((await near.recv(100)).decode(), "precious");
    close(near, far);
  },
};
