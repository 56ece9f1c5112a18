/**
 * Arguments that act while they are read: they close the socket in the middle of a call on it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AF_INET, SOCK_DGRAM, SOCK_STREAM, type Socket, socket } from "../../../helpers/socket";
import { block, type Case, close, pair, refused, survived, untyped, works } from "./case";

/** What closes the socket in the middle of a call on it, by a getter or a conversion of an argument. */
export const cases: Record<string, Case> = {
  async "options whose getters close the socket"() {
    for (const property of ["signal", "timeout"]) {
      for (const call of ["recv", "send", "accept", "connect", "recvInto", "recvfrom", "sendall"]) {
        const [near, far] = await pair();
        const options = {
          get [property]() {
            near.close();
            return undefined;
          },
        };
        const args: Record<string, unknown[]> = {
          accept: [options],
          connect: [["127.0.0.1", 9], options],
          recv: [16, 0, options],
          recvInto: [new Uint8Array(4), 4, 0, options],
          recvfrom: [16, 0, options],
          send: ["x", 0, options],
          sendall: ["x", 0, options],
        };
        await refused(() => untyped(near, call, ...args[call]), `${call} ${property}`);
        assert.equal((await far.recv(16)).length, 0);
        close(far);
      }
    }
  },

  async "a getter that closes the socket and gives its descriptor to another"() {
    for (const property of ["signal", "timeout"]) {
      const [near, far] = await pair();
      const descriptor = near.fileno();
      const others: [Socket, Socket][] = [];
      for (let i = 0; i < 3; i++) others.push(await pair());
      const spare = socket(AF_INET, SOCK_DGRAM);
      const options = {
        get [property]() {
          near.close();
          for (let i = 0; i < 3; i++) files.push(openSync(name, "w+"));
          return undefined;
        },
      };
      const folder = mkdtempSync(join(tmpdir(), "hostile-"));
      const name = join(folder, "file");
      const files: number[] = [];
      await refused(() => near.send("not for a file", 0, options));
      assert.ok(files.includes(descriptor));
      for (const file of files) {
        assert.ok(fstatSync(file).isFile());
        closeSync(file);
      }
      assert.equal(readFileSync(name, "utf8"), "");
      rmSync(folder, { recursive: true });
      for (const other of others) await works(other);
      close(far, spare, ...others.flat());
    }
  },

  async "a getter that gives the descriptor to another socket, which must not get the octets"() {
    const [near, far] = await pair();
    const listening = socket();
    await listening.bind(["127.0.0.1", 0]);
    listening.listen(1);
    const descriptor = near.fileno();
    let other: Socket | undefined;
    let connecting: Promise<void> | undefined;
    const options = {
      get timeout() {
        if (other !== undefined) return 1;
        near.close();
        other = socket();
        connecting = other.connect(["127.0.0.1", Number(listening.getsockname()[1])]);
        block(20);
        return 1;
      },
    };
    await refused(() => near.send("for the former", 0, options));
    assert.equal(other?.fileno(), descriptor);
    await connecting;
    const [accepted] = await listening.accept();
    assert.ok(other);
    await works([other, accepted]);
    close(far, other, accepted, listening);
  },

  async "arguments whose conversion closes the socket"() {
    const closing = (sock: Socket, value: unknown) => ({
      [Symbol.toPrimitive]() {
        sock.close();
        return value;
      },
      toString() {
        sock.close();
        return String(value);
      },
      valueOf() {
        sock.close();
        return value;
      },
    });
    const calls: [string, (sock: Socket) => unknown[]][] = [
      ["recv", (sock) => [closing(sock, 16)]],
      ["recv", (sock) => [16, closing(sock, 0)]],
      ["recvInto", (sock) => [new Uint8Array(4), closing(sock, 4)]],
      ["send", (sock) => [closing(sock, "x")]],
      ["send", (sock) => ["x", closing(sock, 0)]],
      ["sendto", (sock) => ["x", 0, [closing(sock, "127.0.0.1"), closing(sock, 9)]]],
      ["bind", (sock) => [[closing(sock, "127.0.0.1"), closing(sock, 0)]]],
      ["connect", (sock) => [[closing(sock, "127.0.0.1"), closing(sock, 9)]]],
      ["listen", (sock) => [closing(sock, 1)]],
      ["shutdown", (sock) => [closing(sock, 1)]],
      ["setsockopt", (sock) => [closing(sock, 1), closing(sock, 2), closing(sock, 1)]],
      ["getsockopt", (sock) => [closing(sock, 1), closing(sock, 2), closing(sock, 4)]],
      ["settimeout", (sock) => [closing(sock, 1)]],
      ["setblocking", (sock) => [closing(sock, 1)]],
    ];
    for (const [name, args] of calls) {
      const [near, far] = await pair();
      await far.sendall("input");
      await survived(() => untyped(near, name, ...args(near)));
      close(near, far);
    }
  },

  async "addresses and views whose getters close the socket"() {
    const address = (sock: Socket) =>
      new Proxy(["127.0.0.1", 9], {
        get(target, property) {
          sock.close();
          return Reflect.get(target, property);
        },
      });
    for (const [name, args] of [
      ["bind", (sock: Socket) => [address(sock)]],
      ["connect", (sock: Socket) => [address(sock)]],
      ["sendto", (sock: Socket) => ["x", 0, address(sock)]],
    ] as const) {
      for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
        const sock = socket(AF_INET, type);
        await refused(() => untyped(sock, name, ...args(sock)), name);
        close(sock);
      }
    }
    const [near, far] = await pair();
    class Closing extends Uint8Array {
      override get byteLength(): number {
        near.close();
        return super.byteLength;
      }
      override get length(): number {
        near.close();
        return super.length;
      }
      override get buffer(): ArrayBuffer {
        near.close();
        return super.buffer as ArrayBuffer;
      }
    }
    await far.sendall("input");
    await survived(() => near.recvInto(new Closing(8)));
    await survived(() => near.send(new Closing(8)));
    close(near, far);
  },

  async "abort listeners that close the socket, or wait on it again"() {
    for (const before of [true, false]) {
      const [near, far] = await pair();
      const controller = new AbortController();
      const { signal } = controller;
      const listener = () => near.close();
      if (before) signal.addEventListener("abort", listener);
      const waits = [near.recv(1, 0, { signal }), near.recv(1, 0, { signal }), near.recv(1)];
      if (!before) signal.addEventListener("abort", listener);
      const results = Promise.allSettled(waits);
      controller.abort();
      for (const result of await results) assert.equal(result.status, "rejected");
      assert.equal((await far.recv(1)).length, 0);
      close(far);
    }
    const [near, far] = await pair();
    const controller = new AbortController();
    let again: Promise<Uint8Array> | undefined;
    controller.signal.addEventListener("abort", () => {
      again = near.recv(100);
    });
    const first = near.recv(100, 0, { signal: controller.signal });
    const aborted = assert.rejects(first);
    controller.abort();
    await aborted;
    await far.sendall("again");
    assert.ok(again);
    assert.equal(Buffer.from(await again).toString(), "again");
    close(near, far);
  },
};
