/**
 * Signals, timeouts and socket options that are none.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { SO_RCVBUF, SO_REUSEADDR, SOL_SOCKET, socket } from "../../../helpers/socket";
import {
  BAD_LENGTHS,
  type Case,
  close,
  collect,
  NOT_INTEGERS,
  NOT_NUMBERS,
  pair,
  refused,
  show,
  survived,
  TOO_BIG,
  untyped,
  works,
} from "./case";

export const cases: Record<string, Case> = {
  async "signals that are none"() {
    const [near, far] = await pair();
    await far.sendall("precious");
    for (const signal of [
      {},
      "abort",
      5,
      true,
      new EventTarget(),
      { aborted: false },
      new AbortController(),
    ]) {
      await refused(() => untyped(near, "recv", 16, 0, { signal }), show(signal));
    }
    const fake = {
      aborted: false,
      addEventListener: () => near.close(),
      removeEventListener: () => near.close(),
      throwIfAborted: () => near.close(),
    };
    await survived(() => untyped(near, "recv", 16, 0, { signal: fake }));
    close(near, far);
  },

  async "signals whose own methods close the socket"() {
    const methods = ["addEventListener", "removeEventListener", "throwIfAborted"];
    for (const method of methods) {
      for (const call of ["recv", "send", "accept"]) {
        const [near, far] = await pair();
        const listening = socket();
        await listening.bind(["127.0.0.1", 0]);
        listening.listen(1);
        const sock = call === "accept" ? listening : near;
        const { signal } = new AbortController();
        Object.defineProperty(signal, method, { value: () => sock.close() });
        const args = { recv: [1, 0], send: [Buffer.alloc(2 ** 23), 0], accept: [] }[call] ?? [];
        const first = survived(() => untyped(sock, call, ...args, { signal }));
        await survived(() => far.send("x"));
        await sleep(10);
        close(near, listening);
        await first;
        close(far);
      }
    }
    for (const method of methods) {
      const [near, far] = await pair();
      const { signal } = new AbortController();
      // Both directions have been waited for, and input comes together with room for output.
      await refused(() => near.recv(1, 0, { timeout: 0.01 }));
      const filling = survived(() => near.send(Buffer.alloc(2 ** 23)));
      const waiting = survived(() => near.recv(1));
      Object.defineProperty(signal, method, { value: () => near.close() });
      const evil = survived(() => near.recv(1, 0, { signal }));
      const emptying = survived(async () => {
        while ((await far.recv(2 ** 20)).length > 0);
      });
      await survived(() => far.send("xyz"));
      await sleep(10);
      near.close();
      await Promise.all([filling, waiting, evil, emptying]);
      close(far);
    }
    const both = await pair();
    await works(both);
    close(...both);
  },

  async "reasons of any kind"() {
    const [near, far] = await pair();
    for (const reason of ["text", 5, null, { own: true }, new Error("enough")]) {
      const controller = new AbortController();
      const waiting = near.recv(16, 0, { signal: controller.signal }).then(
        () => assert.fail("received"),
        (error: unknown) => error,
      );
      controller.abort(reason);
      assert.equal(await waiting, reason);
    }
    const controller = new AbortController();
    const waiting = near.recv(16, 0, { signal: controller.signal });
    controller.abort();
    await assert.rejects(waiting, { name: "AbortError" });
    await assert.rejects(near.recv(16, 0, { signal: AbortSignal.timeout(10) }), {
      name: "TimeoutError",
    });
    await works([near, far]);
    close(near, far);
  },

  async "timeouts that are none"() {
    const [near, far] = await pair();
    await far.sendall("precious");
    for (const timeout of [
      Number.NaN,
      -1,
      Number.NEGATIVE_INFINITY,
      "1",
      {},
      [],
      true,
      5n,
      Symbol("1"),
    ]) {
      await refused(() => untyped(near, "recv", 16, 0, { timeout }), show(timeout));
      await refused(() => untyped(near, "settimeout", timeout), show(timeout));
    }
    assert.equal(near.gettimeout(), null);
    assert.equal((await near.recv(100)).decode(), "precious");
    close(near, far);
  },

  async "timeouts longer than a timer can be"() {
    const [near, far] = await pair();
    const warnings: Error[] = [];
    process.on("warning", (warning) => warnings.push(warning));
    for (const timeout of [3e6, 2 ** 32, 1e15, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      const waiting = survived(() => near.recv(16, 0, { timeout }));
      await sleep(50);
      await far.sendall("late");
      const result = await waiting;
      // Refused at once, or waited for: but not cut to a millisecond, as a timer of Node's is.
      if (result instanceof RangeError) assert.equal((await near.recv(16)).decode(), "late");
      else assert.ok(result instanceof Uint8Array, `timeout ${timeout}: ${String(result)}`);
    }
    assert.deepEqual(warnings, []);
    close(near, far);
  },

  async "options that are none"() {
    const [near, far] = await pair();
    for (const bad of ["options", 5, true, Symbol("options")]) {
      await far.sendall("precious");
      const result = await survived(() => untyped(near, "recv", 16, 0, bad));
      if (result instanceof Error) assert.equal((await near.recv(16)).decode(), "precious");
    }
    await works([near, far]);
    close(near, far);
  },

  async "socket options of absurd sizes"() {
    const sock = socket();
    const detached = new Uint8Array(4);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    for (const value of [...NOT_INTEGERS, ...TOO_BIG, ...NOT_NUMBERS, undefined].filter(
      (each) => each !== true && each !== 2 ** 31,
    )) {
      await refused(
        () => untyped(sock, "setsockopt", SOL_SOCKET, SO_REUSEADDR, value),
        show(value),
      );
    }
    for (const value of [
      new Uint8Array(0),
      new Uint8Array(1),
      detached,
      new Uint8Array(2 ** 20),
      new Uint8Array(2 ** 28),
    ]) {
      await survived(() => sock.setsockopt(SOL_SOCKET, SO_RCVBUF, value));
    }
    for (const length of [...BAD_LENGTHS, 2 ** 31 - 1]) {
      await refused(() => untyped(sock, "getsockopt", SOL_SOCKET, SO_RCVBUF, length), show(length));
    }
    for (const length of [0, 1, 3, 4, 5, 1023, 1024, 1025, 65536, 2 ** 20]) {
      const value = await survived(() => sock.getsockopt(SOL_SOCKET, SO_RCVBUF, length));
      if (value instanceof Uint8Array)
        assert.ok(value.length <= 4, `${value.length} octets of an int`);
    }
    for (const bad of [...NOT_INTEGERS, ...TOO_BIG, ...NOT_NUMBERS, undefined]) {
      await refused(() => untyped(sock, "setsockopt", bad, SO_REUSEADDR, 1), show(bad));
      await refused(() => untyped(sock, "setsockopt", SOL_SOCKET, bad, 1), show(bad));
      await refused(() => untyped(sock, "getsockopt", bad, SO_REUSEADDR), show(bad));
      await refused(() => untyped(sock, "getsockopt", SOL_SOCKET, bad), show(bad));
    }
    collect();
    assert.equal(sock.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
    close(sock);
  },
};
