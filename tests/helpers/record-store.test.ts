/** The files by which notebooks share what their sockets did: private, bounded, gone at the end, and never trusted. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { ladder } from "../../helpers/ladder";
import { now } from "../../helpers/record/clock";
import { recorded, recordOf, type SocketRecord, setRecording } from "../../helpers/record/record";
import { parseRecords } from "../../helpers/record/record-format";
import { Store } from "../../helpers/record/record-store";
import { socket } from "../../helpers/socket";
import { showTraffic } from "../../helpers/traffic";
import { pair } from "./peers/connection";
import { until } from "./peers/until";

setRecording(true);

const REGISTER = require.resolve("ts-node/register/transpile-only");

function folderFor(t: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), "record-store-test-"));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, "records");
}

function openFor(t: TestContext, folder: string): Store {
  const store = Store.open(folder);
  t.after(() => store.close());
  return store;
}

/** The number of a process that is no more. */
function gone(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
}

const own = (folder: string) => join(folder, `${process.pid}.jsonl`);

/** Another program that has a connection with itself and shares its record in the folder. */
async function otherProgram(t: TestContext, folder: string, more = "") {
  const source = `
    const { Store } = require(${JSON.stringify(require.resolve("../../helpers/record/record-store"))});
    const { setRecording } = require(${JSON.stringify(require.resolve("../../helpers/record/record"))});
    const { createServer, createConnection } = require(${JSON.stringify(require.resolve("../../helpers/socket"))});
    (async () => {
      setRecording(true);
      Store.open(${JSON.stringify(folder)});
      const listening = await createServer(["127.0.0.1", 0]);
      const client = await createConnection(listening.getsockname());
      const [served] = await listening.accept();
      await client.sendall("Hi there, server");
      await served.recv(16);
      ${more}
      console.log(client.getsockname()[1]);
      process.stdin.on("data", () => process.exit()).resume();
    })();`;
  const child = spawn(process.execPath, ["--require", REGISTER, "--eval", source], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [port] = await once(createInterface({ input: child.stdout }), "line");
  const file = join(folder, `${child.pid}.jsonl`);
  await until(() => existsSync(file) && readFileSync(file, "utf8").includes('"recv"'));
  return { child, port: Number(port) };
}

test("the folder and the file are their owner's alone, and what is written comes back as it was", async (t) => {
  const folder = folderFor(t);
  const store = openFor(t, folder);
  const [client] = await pair(t);
  await client.sendall("Hi there, server");
  store.write();
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(own(folder)).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), [`${process.pid}.jsonl`]);
  const record = recordOf(client);
  assert.ok(record);
  const read = parseRecords(readFileSync(own(folder), "utf8"), process.pid).find(
    ({ id }) => id === record.id,
  );
  assert.ok(read);
  assert.equal(read.local, record.local);
  assert.equal(read.remote, record.remote);
  const essence = ({ name, asked, octets, head, error, times }: (typeof read.calls)[0]) => [
    name,
    asked,
    octets,
    head,
    error,
    times,
  ];
  assert.deepEqual(read.calls.map(essence), record.calls.map(essence));
  for (const [index, { start }] of read.calls.entries()) {
    assert.ok(Math.abs(start - record.calls[index].start) < 0.001);
  }
});

test("it is written by itself, soon after something has happened, and not while nothing does", async (t) => {
  const folder = folderFor(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const store = openFor(t, folder);
  const { mock } = t.mock.method(store, "write");
  using sock = socket();
  await sock.bind(["127.0.0.1", 0]);
  t.mock.timers.tick(50);
  assert.match(readFileSync(own(folder), "utf8"), /"bind"/);
  assert.equal(mock.callCount(), 1);
  t.mock.timers.tick(60_000);
  assert.equal(mock.callCount(), 1);
});

test("another program's record is read, by its end of a connection; it goes when that program ends", async (t) => {
  const folder = folderFor(t);
  const store = openFor(t, folder);
  const { child, port } = await otherProgram(t, folder);
  const found = store.others().find(({ local }) => local === `127.0.0.1:${port}`);
  assert.equal(found?.program, child.pid);
  assert.deepEqual(
    found?.calls.map(({ name }) => name),
    ["connect", "sendall"],
  );
  child.stdin.write("end\n");
  await once(child, "exit");
  assert.ok(!existsSync(join(folder, `${child.pid}.jsonl`)));
  assert.deepEqual(store.others(), []);
});

test("what a killed program has left is swept by the next", async (t) => {
  const folder = folderFor(t);
  const { child } = await otherProgram(t, folder);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.ok(existsSync(join(folder, `${child.pid}.jsonl`)));
  writeFileSync(join(folder, `${gone()}.jsonl.new`), "half");
  writeFileSync(join(folder, "something else"), "");
  const running = join(folder, "1.jsonl");
  writeFileSync(running, "");
  openFor(t, folder).write();
  assert.deepEqual(readdirSync(folder).sort(), ["1.jsonl", `${process.pid}.jsonl`].sort());
});

test("the file has at most a mebibyte, and keeps the newest", async (t) => {
  const folder = folderFor(t);
  const store = openFor(t, folder);
  let last = socket();
  for (let n = 0; n < 300; n++) {
    last.close();
    last = socket();
    for (let turn = 0; turn < 60; turn++) {
      await last.sendall(`${turn}${"\x01".repeat(40)}`).catch(() => {});
      await last.bind([`127.0.0.${turn + 1}`, 1]).catch(() => {});
    }
  }
  store.write();
  const { size } = statSync(own(folder));
  assert.ok(size > 2 ** 19 && size <= 2 ** 20, `${size} octets`);
  const read = parseRecords(readFileSync(own(folder), "utf8"), process.pid);
  assert.equal(read.at(-1)?.id, recordOf(last)?.id);
  last.close();
});

test("a folder that others can enter, or that is none, is not used", (t) => {
  const folder = folderFor(t);
  mkdirSync(folder, { mode: 0o755 });
  chmodSync(folder, 0o755);
  assert.throws(() => Store.open(folder), /not a folder of this user alone/);
  rmSync(folder, { recursive: true });
  const target = mkdtempSync(join(tmpdir(), "record-store-target-"));
  t.after(() => rmSync(target, { recursive: true, force: true }));
  symlinkSync(target, folder);
  assert.throws(() => Store.open(folder));
  assert.deepEqual(readdirSync(target), []);
});

test("a folder that somebody deletes is made again, and nobody else's record is all that is missing", async (t) => {
  const folder = folderFor(t);
  const store = openFor(t, folder);
  rmSync(folder, { recursive: true });
  assert.deepEqual(store.others(), []);
  using sock = socket();
  assert.ok(recordOf(sock));
  await until(() => existsSync(own(folder)));
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test("files that lead elsewhere, are no files, are too large or half-written do not harm", async (t) => {
  const folder = folderFor(t);
  const store = openFor(t, folder);
  store.write();
  const good = readFileSync(own(folder), "utf8");
  const outside = join(folder, "..", "outside.jsonl");
  writeFileSync(outside, good);
  symlinkSync(outside, join(folder, "101.jsonl"));
  mkdirSync(join(folder, "102.jsonl"));
  execFileSync("mkfifo", [join(folder, "103.jsonl")]);
  writeFileSync(join(folder, "104.jsonl"), good.padEnd(2 ** 20 + 1, "\n"));
  writeFileSync(join(folder, "105.jsonl"), good.slice(0, good.length / 2));
  writeFileSync(join(folder, "106.jsonl"), "\0\xff{]".repeat(1000));
  writeFileSync(join(folder, "107.jsonl"), "");
  const found = store.others();
  assert.deepEqual(
    [...new Set(found.map(({ program }) => program))],
    found.length > 0 ? [105] : [],
  );
});

test("lines in a wrong form are left out, each by itself", () => {
  const head = JSON.stringify({ form: "socket-record-1", pid: 7 });
  const socketLine = (change: object) =>
    JSON.stringify({ id: 1, family: 2, type: 1, opened: 5, unread: 0, calls: [], ...change });
  const wrong = [
    "null",
    "[]",
    "7",
    '"x"',
    "{}",
    socketLine({ id: "1" }),
    socketLine({ opened: null }),
    socketLine({ calls: {} }),
    socketLine({ local: 5 }),
    socketLine({ remote: "x".repeat(1000) }),
    socketLine({ closed: "now" }),
    '{"__proto__": {"polluted": true}}',
  ];
  assert.deepEqual(parseRecords([head, ...wrong].join("\n"), 7), []);
  assert.deepEqual(parseRecords([...wrong, head].join("\n"), 7), []);
  const calls = [
    ["recv", 16, 1, 2, 0, 3, "abc", null, null, null, 1],
    ["recv", {}, 1],
    ["recv", 16, "1"],
    [],
    null,
    ["recv", 16, 1, 2, 0, 3, "x".repeat(1000)],
    ["recv", 16, 1, Number.NaN],
  ];
  const [record] = parseRecords(
    [head, socketLine({ calls, local: "a:1", omitted: -1 })].join("\n"),
    7,
  );
  assert.deepEqual(
    record.calls.map(({ head, octets, end }) => [head, octets, end]),
    [
      ["abc", 3, 2],
      [undefined, undefined, undefined],
    ],
  );
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test("the clocks of two programs agree, so that what one has caused comes after it in the other", () => {
  const clock = JSON.stringify(require.resolve("../../helpers/record/clock"));
  const source = `console.log(require(${clock}).now())`;
  for (let turn = 0; turn < 3; turn++) {
    const before = now();
    const there = Number(
      execFileSync(process.execPath, ["--require", REGISTER, "--eval", source], {
        encoding: "utf8",
      }),
    );
    assert.ok(before < there && there < now());
  }
  // However long the process was put aside between two of these, what it read lies between them.
  const shared = () => Number(process.hrtime.bigint()) / 1e6;
  const [before, own, after] = [shared(), now(), shared()];
  assert.ok(before - 0.1 < own && own < after + 0.1, `${own} is not from ${before} to ${after}`);
});

test("after a write that took long the next one is not late", async (t) => {
  const folder = folderFor(t);
  const [client, served] = await pair(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const store = openFor(t, folder);
  let clock = performance.now();
  const { mock } = t.mock.method(performance, "now", () => (clock += 10_000));
  store.write();
  mock.restore();
  await client.sendall("not late");
  await served.recv(16);
  t.mock.timers.tick(500);
  assert.match(readFileSync(own(folder), "utf8"), /not late/);
});

test("while recording is off, nothing is kept", async (t) => {
  const [client, served] = await pair(t);
  setRecording(false);
  t.after(() => setRecording(true));
  const before = recordOf(client)?.calls.length;
  await client.sendall("unseen");
  await served.recv(16);
  assert.equal(recordOf(client)?.calls.length, before);
  const [unrecorded] = await pair(t);
  assert.ok(!recorded().includes(recordOf(unrecorded) as SocketRecord));
  await assert.rejects(ladder(unrecorded), /ladder needs sockets that were recorded/);
  assert.throws(() => showTraffic(unrecorded), /showTraffic needs a socket that was recorded/);
});

test("outside a notebook nothing is recorded unless it is asked for", () => {
  const source = `
    const { recorded } = require(${JSON.stringify(require.resolve("../../helpers/record/record"))});
    const { socket } = require(${JSON.stringify(require.resolve("../../helpers/socket"))});
    socket().close();
    console.log(recorded().length);`;
  const printed = execFileSync(process.execPath, ["--require", REGISTER, "--eval", source], {
    encoding: "utf8",
  });
  assert.equal(printed, "0\n");
});
