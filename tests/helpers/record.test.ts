/** What is kept of what the sockets do, and what is only counted or forgotten. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { now } from "../../helpers/record/clock";
import type { SocketRecord } from "../../helpers/record/record";
import { MSG_PEEK } from "../../helpers/socket";

type Records = typeof import("../../helpers/record/record");

/** The module as in a program in which nothing has happened yet, and recording is on. */
function newRecords(): Records {
  const path = require.resolve("../../helpers/record/record");
  delete require.cache[path];
  const records: Records = require(path);
  records.setRecording(true);
  return records;
}

function newSocket({ recordSocket }: Records): SocketRecord {
  return recordSocket({ family: 2, type: 1 }, false);
}

/** A call that has come back. */
function call(record: SocketRecord, name: string, asked: number, text = ""): void {
  record.end(record.begin(name, asked), undefined, Buffer.from(text));
}

/** A call that looks at octets and leaves them. */
function peek(record: SocketRecord, text: string): void {
  const peeking = record.begin("recv", 5);
  peeking.flags = MSG_PEEK;
  record.end(peeking, undefined, Buffer.from(text));
}

/** So many calls of which none is like another. */
function calls(record: SocketRecord, count: number): void {
  for (let asked = 0; asked < count; asked++) call(record, "recv", asked);
}

const numbers = (record: SocketRecord) => record.calls.map(({ asked }) => asked);
const times = (record: SocketRecord) => record.calls.map(({ times }) => times);

test("of 511 calls all are kept, of the 512th on 128 of the middle are forgotten together", () => {
  const record = newSocket(newRecords());
  calls(record, 511);
  assert.equal(record.calls.length, 511);
  assert.equal(record.omitted, 0);
  call(record, "recv", 511);
  assert.equal(record.omitted, 128);
  assert.equal(record.omittedAfter, 192);
  const kept = Array.from({ length: 512 }, (_, asked) => asked);
  kept.splice(192, 128);
  assert.deepEqual(numbers(record), kept);
  for (let asked = 512; asked < 512 + 128; asked++) call(record, "recv", asked);
  assert.equal(record.omitted, 256);
  assert.deepEqual(numbers(record).slice(190, 194), [190, 191, 448, 449]);
});

test("after 17 equal calls further ones are counted, until another comes", () => {
  const record = newSocket(newRecords());
  const once = Array.from({ length: 16 }, () => 1);
  for (let turn = 0; turn < 17; turn++) call(record, "recv", 5, "hello");
  assert.deepEqual(times(record), [...once, 1]);
  for (let turn = 0; turn < 99; turn++) call(record, "recv", 5, "hello");
  const late = now();
  call(record, "recv", 5, "hello");
  assert.deepEqual(times(record), [...once, 101]);
  assert.ok((record.calls[16].end as number) >= late);
  call(record, "recv", 5, "hullo");
  for (let turn = 0; turn < 17; turn++) call(record, "recv", 5, "hello");
  assert.deepEqual(times(record), [...once, 101, 1, ...once, 1]);
  assert.equal(record.received, 5 * (117 + 1 + 17));
});

test("after 17 equal pairs of calls further ones are counted, each in its place", () => {
  const record = newSocket(newRecords());
  const pair = () => {
    call(record, "sendall", 4, "ping");
    call(record, "recv", 16, "pong");
  };
  const once = Array.from({ length: 32 }, () => 1);
  for (let turn = 0; turn < 17; turn++) pair();
  assert.deepEqual(times(record), [...once, 1, 1]);
  for (let turn = 0; turn < 100; turn++) pair();
  call(record, "sendall", 4, "ping");
  assert.deepEqual(times(record), [...once, 102, 101]);
  call(record, "sendall", 4, "ping");
  assert.deepEqual(times(record), [...once, 102, 101, 1]);
  // Another order than before is begun to be counted anew.
  call(record, "recv", 16, "pong");
  assert.deepEqual(times(record), [...once, 102, 101, 1, 1]);
  for (let turn = 0; turn < 20; turn++) call(record, "recv", 16, "pong");
  assert.equal(record.calls.at(-1)?.times, 5);
});

test("a look and then a call that takes are a pair too", () => {
  const record = newSocket(newRecords());
  for (let turn = 0; turn < 20; turn++) {
    peek(record, "hello");
    call(record, "recv", 5, "hello");
  }
  assert.deepEqual(times(record).slice(31), [1, 1, 4, 4].slice(1));
});

for (const [what, differently] of [
  ["name", (record) => call(record, "recvfrom", 5, "hello")],
  ["argument", (record) => call(record, "recv", 6, "hello")],
  ["number of octets", (record) => call(record, "recv", 5, "hello, world")],
  ["content", (record) => call(record, "recv", 5, "hullo")],
  ["error", (record) => record.fail(record.begin("recv", 5), { code: "ECONNRESET" })],
  ["set of flags", (record) => peek(record, "hello")],
] as [string, (record: SocketRecord) => void][]) {
  test(`a call with another ${what} is not counted as one of those before it`, () => {
    const record = newSocket(newRecords());
    for (let turn = 0; turn < 20; turn++) call(record, "recv", 5, "hello");
    differently(record);
    assert.deepEqual(times(record).slice(15), [1, 4, 1]);
    call(record, "recv", 5, "hello");
    assert.deepEqual(times(record).slice(15), [1, 4, 1, 1]);
  });
}

test("a call that comes back while a later one waits is kept, and ends what was repeated", () => {
  const record = newSocket(newRecords());
  for (let turn = 0; turn < 20; turn++) call(record, "recv", 5, "hello");
  const [early, later] = [record.begin("recv", 5), record.begin("recv", 5)];
  for (const each of [early, later]) record.end(each, undefined, Buffer.from("hello"));
  assert.deepEqual(times(record).slice(15), [1, 4, 1, 1]);
  for (const { start, end } of [early, later]) assert.ok((end as number) >= start);
});

test("of what a call moved the first 24 octets are kept", () => {
  const record = newSocket(newRecords());
  call(record, "recv", 100, "x".repeat(23));
  call(record, "recv", 100, `${"y".repeat(24)}z`);
  const half = record.begin("send", 4, () => 2);
  record.fail(half, { code: "EPIPE" }, Buffer.from("half"));
  assert.deepEqual(
    record.calls.map(({ octets, head }) => [octets, head]),
    [
      [23, "x".repeat(23)],
      [25, "y".repeat(24)],
      [2, "ha"],
    ],
  );
});

test("octets that were only looked at are not counted", () => {
  const record = newSocket(newRecords());
  peek(record, "hello");
  assert.equal(record.received, 0);
  call(record, "recv", 5, "hello");
  call(record, "sendall", 3, "hey");
  assert.deepEqual([record.received, record.sent], [5, 3]);
});

test("2,048 sockets are kept; with the next the oldest that is closed is forgotten, or the oldest", () => {
  const records = newRecords();
  const all = Array.from({ length: 2048 }, () => newSocket(records));
  assert.deepEqual(records.recorded(), all);
  all[5].close(() => {});
  all[7].close(() => {});
  all.push(newSocket(records));
  assert.deepEqual(records.recorded(), [...all.slice(0, 5), ...all.slice(6)]);
  all.push(newSocket(records));
  assert.deepEqual(records.recorded(), [...all.slice(0, 5), all[6], ...all.slice(8)]);
  all.push(newSocket(records));
  assert.deepEqual(records.recorded(), [...all.slice(1, 5), all[6], ...all.slice(8)]);
});

test("16,384 calls of all sockets are kept; with more, the next socket has the oldest forgotten", () => {
  const records = newRecords();
  const full = Array.from({ length: 33 }, () => newSocket(records));
  for (const record of full.slice(1)) calls(record, 511);
  // 16,352 so far. These are counted, or forgotten by themselves, and so are not too many.
  for (let turn = 0; turn < 1000; turn++) call(full[0], "recv", 5, "hello");
  for (let more = 0; more < 15; more++) call(full[0], "recv", more);
  const last = newSocket(records);
  assert.equal(records.recorded().length, 34);
  call(last, "recv", 1);
  newSocket(records);
  assert.ok(!records.recorded().includes(full[0]));
  assert.equal(records.recorded().length, 34);
  // 32 less, for a while.
  for (let more = 2; more < 33; more++) call(last, "recv", more);
  newSocket(records);
  assert.equal(records.recorded().length, 35);
  call(last, "recv", 33);
  call(full[0], "recv", 33);
  newSocket(records);
  assert.deepEqual(records.recorded().slice(0, 2), [full[2], full[3]]);
  // What a socket forgets of its middle leaves room for others.
  call(full[2], "recv", 511);
  assert.equal(full[2].calls.length, 384);
  calls(newSocket(records), 400);
  const other = newSocket(records);
  calls(other, 16_384 - (30 * 511 + 384 + 33 + 400));
  newSocket(records);
  assert.equal(records.recorded()[0], full[2]);
  call(other, "send", 1);
  newSocket(records);
  assert.equal(records.recorded()[0], full[3]);
});

test("a call gives what it has taken though a watcher throws, and the error is a warning", () => {
  const source = `
    const { createConnection, createServer } = require("./helpers/socket");
    const { setRecording, watchRecords } = require("./helpers/record/record");
    const main = async () => {
      setRecording(true);
      const listening = await createServer(["127.0.0.1", 0]);
      const client = await createConnection(listening.getsockname());
      let errors = 0;
      process.on("warning", ({ message }) => { if (message === "mine") errors += 1; });
      const unwatch = watchRecords(() => { throw new Error("mine"); });
      const [connection] = await listening.accept();
      await connection.sendall("hello");
      console.log((await client.recv(5)).decode());
      unwatch();
      for (const sock of [listening, client, connection]) sock.close();
      process.on("exit", () => console.log(errors > 0));
    };
    void main();
  `;
  const args = ["--require", "ts-node/register/transpile-only", "--eval", source];
  const cwd = join(__dirname, "..", "..");
  const output = execFileSync(process.execPath, args, { cwd, encoding: "utf8" });
  assert.equal(output, "hello\ntrue\n");
});
