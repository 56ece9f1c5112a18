/**
 * Properties and methods of what a call was given that are not what they were: signals, sockets, cells, watchers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { progress } from "../../../helpers/progress";
import { setRecording, watchRecords } from "../../../helpers/record/record";
import { Live } from "../../../helpers/show/live-display";
import {
  IPPROTO_IP,
  IPPROTO_TCP,
  MSG_PEEK,
  MSG_WAITALL,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
} from "../../../helpers/socket";
import { CURRENT_CELL } from "../../../interface/cell";
import { type Case, close, pair, refused, works } from "./case";

/** A signal of which everything that can be replaced throws. */
function evilSignal(controller = new AbortController()): AbortSignal {
  const { signal } = controller;
  const thrower = () => {
    throw new Error("evil");
  };
  for (const name of ["aborted", "reason"]) Object.defineProperty(signal, name, { get: thrower });
  for (const name of ["addEventListener", "removeEventListener", "throwIfAborted"]) {
    Object.defineProperty(signal, name, { value: thrower });
  }
  return signal;
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

export const cases: Record<string, Case> = {
  async "a signal whose properties throw loses nothing, and its abort is heeded"() {
    const both = await pair();
    const [near, far] = both;
    const controller = new AbortController();
    const signal = evilSignal(controller);
    for (const receive of [
      () => near.recv(4, 0, { signal }),
      () => near.recv(4, MSG_WAITALL, { signal }),
      async () => (await near.recvfrom(4, 0, { signal }))[0],
    ]) {
      const waiting = receive();
      await far.sendall("data", 0, { signal });
      assert.equal((await waiting).decode(), "data");
      await far.sendall("data");
      await near.recv(1, MSG_PEEK);
      assert.equal((await receive()).decode(), "data");
    }
    const waiting = near.recv(4, 0, { signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    await assert.rejects(near.recv(4, 0, { signal }), (error) => error === reason);
    await works(both);
    close(...both);
  },

  async "an object that only looks like a signal is refused before anything is taken"() {
    const both = await pair();
    const [near, far] = both;
    await far.sendall("data");
    const imitation: AbortSignal = Object.create(AbortSignal.prototype);
    await refused(() => near.recv(4, 0, { signal: imitation }));
    assert.equal((await near.recv(4)).decode(), "data");
    close(...both);
  },

  async "a listening socket whose properties were replaced accepts all the same"() {
    const listening = socket();
    await listening.bind(["127.0.0.1", 0]);
    listening.listen();
    for (const name of ["family", "type", "proto"]) {
      Object.defineProperty(listening, name, {
        get() {
          throw new Error("evil");
        },
      });
    }
    const before = descriptors();
    const client = socket();
    await client.connect(listening.getsockname());
    const [served] = await listening.accept();
    assert.equal(served.type, SOCK_STREAM);
    await works([client, served]);
    close(client, served);
    assert.equal(descriptors(), before);
    close(listening);
  },

  async "a cell whose methods throw keeps no descriptor open"() {
    const listening = socket();
    await listening.bind(["127.0.0.1", 0]);
    listening.listen();
    const client = socket();
    await client.connect(listening.getsockname());
    const before = descriptors();
    const thrower = () => {
      throw new Error("evil");
    };
    const { signal } = new AbortController();
    const asCell = (onRerun: () => () => void) => {
      Object.assign(globalThis, { [CURRENT_CELL]: () => ({ signal, onRerun }) });
    };
    asCell(thrower);
    await refused(() => socket());
    await refused(() => listening.accept());
    asCell(() => thrower);
    const sock = socket();
    assert.throws(() => sock.close(), /evil/);
    Reflect.deleteProperty(globalThis, CURRENT_CELL);
    assert.equal(sock.fileno(), -1);
    assert.equal(descriptors(), before);
    close(listening, client);
  },

  async "watchers that are none or throw disturb no call"() {
    setRecording(true);
    process.on("warning", () => {});
    assert.throws(() => (watchRecords as (watcher: unknown) => void)(5), TypeError);
    const unwatch = watchRecords(() => {
      throw new Error("evil");
    });
    const both = await pair();
    await works(both);
    close(...both);
    unwatch();
    setRecording(false);
  },

  async "a bar of something that is no number, and a display that throws later, do not end the program"() {
    const evil = {
      toString() {
        throw new Error("evil");
      },
    };
    const unusual = progress as (...args: unknown[]) => unknown;
    await refused(() => unusual(10, evil));
    await refused(() => unusual(evil, "octets"));
    process.stdout.write = () => true;
    const place = new Live();
    place.show("first");
    place.later(() => {
      throw new Error("evil");
    });
    const warned = once(process, "warning");
    await warned;
    Reflect.deleteProperty(process.stdout, "write");
  },

  async "options that hold addresses of memory, and memory that is sent later, are refused"() {
    const both = await pair();
    const [near] = both;
    for (const [level, option] of [
      [SOL_SOCKET, 26],
      [SOL_SOCKET, 51],
      [IPPROTO_TCP, 35],
      [IPPROTO_IP, 64],
      [132, 3],
    ]) {
      for (const length of [1, 4, 16, 4096]) {
        await refused(() => near.getsockopt(level, option, length));
        await refused(() => near.setsockopt(level, option, new Uint8Array(length)));
      }
      await refused(() => near.getsockopt(level, option));
    }
    const zerocopy = 0x4000000;
    await refused(() => near.send("x", zerocopy));
    await refused(() => near.sendall("x", zerocopy));
    await refused(() => near.sendto("x", zerocopy, near.getpeername()));
    await works(both);
    close(...both);
  },
};
