/** The files by which notebooks share what their sockets did: private, bounded, gone at the end, and never trusted. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
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
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { ladder } from "../../helpers/ladder";
import { Call } from "../../helpers/record/call";
import { now } from "../../helpers/record/clock";
import { recorded, recordOf, SocketRecord, setRecording } from "../../helpers/record/record";
import { formatHead, formatRecord, parseRecords } from "../../helpers/record/record-format";
import { Store } from "../../helpers/record/record-store";
import { sessionName } from "../../helpers/record/session-name";
import { socket } from "../../helpers/socket";
import { showTraffic } from "../../helpers/traffic";
import { pair } from "./peers/connection";
import { until } from "./peers/until";

setRecording(true);

// What this test starts is as of one front end, which is this process.
process.env.JPY_PARENT_PID = String(process.pid);

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

/** A folder for temporary files, which two sessions share. */
function temporaryFor(t: TestContext): string {
  const temporary = mkdtempSync(join(tmpdir(), "record-store-test-"));
  t.after(() => rmSync(temporary, { recursive: true, force: true }));
  return temporary;
}

/** A program that keeps its record as a kernel does, of another session if the environment says so. */
async function kernel(
  t: TestContext,
  temporary: string,
  environment: Record<string, string> = {},
  alone: string[] = [],
) {
  const source = `
    const helper = (name) => require(${JSON.stringify(join(__dirname, "..", "..", "helpers"))} + "/" + name);
    helper("record/record").setRecording(true);
    const store = helper("record/record-store").Store.open();
    helper("socket").socket();
    store.write();
    const say = () => console.log(JSON.stringify([
      helper("record/record-folder").usualFolder(), process.pid, store.others().map(({ program }) => program),
    ]));
    process.stdin.on("data", say).on("end", () => process.exit());
    say();`;
  const command = [...alone, process.execPath, "--require", REGISTER, "--eval", source];
  const child = spawn(command[0], command.slice(1), {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: temporary, ...environment },
  });
  t.after(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const heard = async (): Promise<[string, number, number[]]> =>
    JSON.parse((await lines.next()).value ?? "");
  const [folder, pid] = await heard();
  const others = async () => {
    child.stdin.write("?\n");
    return (await heard())[2];
  };
  return { child, pid, folder, file: join(folder, `${pid}.jsonl`), others };
}

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

test("every field of a socket and of its calls comes back as it was", () => {
  const record = new SocketRecord(7, 10, 1, true, 1.5, 42);
  const ends = { local: "[::1]:1", remote: "[::1]:2", closed: 9, unread: 3, resets: true };
  Object.assign(record, { ...ends, omitted: 128 });
  const done = new Call("recv", 16, undefined, 2);
  Object.assign(done, {
    end: 3,
    waited: true,
    octets: 5,
    head: "hello",
    times: 4,
    flags: 2,
    cell: 12,
  });
  const gave = new Call("accept", undefined, undefined, 4);
  Object.assign(gave, { end: 5, accepted: 8, peer: "[::1]:2" });
  const failed = new Call("connect", "[::1]:9", undefined, 6);
  Object.assign(failed, { end: 7, error: "ECONNREFUSED" });
  record.calls.push(done, gave, failed);
  const waits = new Call("sendall", 100, () => 60, 8);
  const text = formatHead(50) + formatRecord(record);
  assert.deepEqual(parseRecords(text, 42), [record]);
  record.calls.push(waits);
  const [read] = parseRecords(formatHead(50) + formatRecord(record), 42);
  assert.deepEqual(
    read.calls[3],
    Object.assign(new Call("sendall", 100, undefined, 8), { octets: 60 }),
  );
  const short = JSON.stringify({ ...record, calls: [["recv", 16, 1]], omitted: undefined });
  const [least] = parseRecords(`${formatHead(50)}${short}`, 42);
  assert.deepEqual([least.omitted, least.calls], [0, [new Call("recv", 16, undefined, 1)]]);
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

test("kernels of one session see each other, and those of another session neither, of whichever user", async (t) => {
  const temporary = temporaryFor(t);
  const [server, client] = [await kernel(t, temporary), await kernel(t, temporary)];
  const stranger = await kernel(t, temporary, { JPY_PARENT_PID: "1" });
  assert.equal(server.folder, client.folder);
  assert.deepEqual(await server.others(), [client.pid]);
  assert.deepEqual(await client.others(), [server.pid]);
  assert.deepEqual(await stranger.others(), []);
  assert.notEqual(stranger.folder, server.folder);
});

test("what a session has left of which all were killed goes with the next", async (t) => {
  const temporary = temporaryFor(t);
  const killed = await kernel(t, temporary, { JPY_PARENT_PID: "1" });
  killed.child.kill("SIGKILL");
  await once(killed.child, "exit");
  assert.ok(existsSync(killed.file));
  const next = await kernel(t, temporary);
  assert.ok(!existsSync(killed.folder));
  assert.ok(existsSync(next.file));
});

const ALONE = [
  "unshare",
  "--user",
  "--map-current-user",
  "--pid",
  "--fork",
  "--mount-proc",
  "--kill-child",
  "--",
];

/** Why no process can have a number of its own here, as in a container. */
const crowded = spawnSync(ALONE[0], [...ALONE.slice(1), "true"]).status !== 0;

test("a kernel in another container that shares the folder is neither read nor swept", async (t) => {
  if (crowded)
    return t.skip("here an ordinary user cannot have processes with numbers of their own");
  const temporary = temporaryFor(t);
  // In each the same numbers, of which those of one mean nothing to the other.
  const first = await kernel(t, temporary, { JPY_PARENT_PID: "1" }, ALONE);
  const second = await kernel(t, temporary, { JPY_PARENT_PID: "1" }, ALONE);
  const here = await kernel(t, temporary, { JPY_PARENT_PID: "1" });
  assert.equal(first.pid, second.pid);
  assert.equal(new Set([first.folder, second.folder, here.folder]).size, 3);
  for (const each of [first, second, here]) {
    assert.ok(existsSync(each.file));
    assert.deepEqual(await each.others(), []);
  }
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
  for (const mode of [0o755, 0o750, 0o770, 0o701]) {
    chmodSync(folder, mode);
    assert.throws(() => Store.open(folder), /not a folder of this user alone/, mode.toString(8));
  }
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

/** What a program prints that runs as in a notebook, with its temporary files in `temporary`. */
function inNotebook(temporary: string, source: string): string {
  const helpers = JSON.stringify(join(__dirname, "..", "..", "helpers"));
  const whole = `
    const removed = [];
    const { signal } = new AbortController();
    const cell = { executionCount: 1, signal, onRerun: () => () => {}, removeAtEnd: (file) => removed.push(file) };
    globalThis[Symbol.for("jupyter.currentCell")] = () => cell;
    const helper = (name) => require(${helpers} + "/" + name);
    const { createServer, createConnection } = helper("socket");
    const { ladder } = helper("ladder");
    const connection = async () => {
      const listening = await createServer(["127.0.0.1", 0]);
      const client = await createConnection(listening.getsockname());
      const [served] = await listening.accept();
      return { listening, client, served };
    };
    (async () => {
      ${source}
      process.exit();
    })();`;
  return execFileSync(process.execPath, ["--require", REGISTER, "--eval", whole], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: temporary },
  });
}

/** The folder that notebooks take, within that of temporary files. */
const usual = (temporary: string) => join(temporary, `socket-records-${sessionName()}`);

/** Draws a connection with a program that is not recorded. */
const WITH_A_STRANGER = `
  const server = require("node:net").createServer((conn) => conn.end()).listen(0, "127.0.0.1");
  await require("node:events").once(server, "listening");
  const client = await createConnection(["127.0.0.1", server.address().port]);
  const drawn = await ladder(client);
  console.log(String(drawn));
  console.log(drawn[Symbol.for("Jupyter.display")]()["image/svg+xml"].replace(/<desc.*?<.desc>/s, ""));`;

test("a reader whose folder cannot be used is told why, where the other notebook is missing", (t) => {
  const temporary = mkdtempSync(join(tmpdir(), "record-store-test-"));
  t.after(() => rmSync(temporary, { recursive: true, force: true }));
  writeFileSync(usual(temporary), "in the way");
  const [text, svg] = inNotebook(temporary, WITH_A_STRANGER).split("<svg");
  assert.match(text, /^The other notebook is not seen: EEXIST: .*start Jupyter again with TMPDIR/m);
  assert.match(svg, />The other notebook is not seen: EEXIST: /);
  rmSync(usual(temporary));
  mkdirSync(usual(temporary));
  chmodSync(usual(temporary), 0o755);
  assert.match(
    inNotebook(temporary, WITH_A_STRANGER),
    /not seen: .*socket-records-[\d-]+ is not a folder of this user alone: delete it, and restart the kernels\.$/m,
  );
  const both = `const { client } = await connection(); console.log(String(await ladder(client)));`;
  assert.doesNotMatch(inNotebook(temporary, both), /not seen/);
  rmSync(usual(temporary), { recursive: true });
  assert.doesNotMatch(inNotebook(temporary, WITH_A_STRANGER), /not seen/);
});

test("what another notebook has accepted is not this one's, though its sockets have the same numbers", (t) => {
  const temporary = mkdtempSync(join(tmpdir(), "record-store-test-"));
  t.after(() => rmSync(temporary, { recursive: true, force: true }));
  mkdirSync(usual(temporary), { mode: 0o700 });
  const accepts = [1, 2, 3, 4].map((id) => [
    "accept",
    null,
    1,
    2,
    0,
    null,
    null,
    null,
    id,
    "theirs",
  ]);
  const line = { id: 9, family: 2, type: 1, opened: 1, unread: 0, calls: accepts };
  writeFileSync(join(usual(temporary), "1.jsonl"), fileOf({ form: "socket-record-1" }, line));
  const printed = inNotebook(
    temporary,
    "const { client } = await connection(); console.log(String(await ladder(client)), removed);",
  );
  assert.match(printed, /accept\(\)/);
  assert.doesNotMatch(printed, /theirs/);
  // A kernel ends without the event of a program's end.
  assert.match(printed, /\[\s+'.*socket-records-[\d-]+\/\d+\.jsonl'\s+\]/);
});

test("a folder that can no longer be written, or read, is told, until it can", async (t) => {
  const folder = folderFor(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const store = openFor(t, folder);
  const news = () => {
    socket().close();
    t.mock.timers.tick(500);
  };
  news();
  assert.equal(store.problem, undefined);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "in the way");
  assert.deepEqual(store.others(), []);
  assert.match(String(store.problem), /^ENOTDIR: /);
  news();
  assert.match(String(store.problem), /^EEXIST: /);
  rmSync(folder);
  news();
  assert.equal(store.problem, undefined);
  assert.ok(existsSync(own(folder)));
});

const fileOf = (head: object, ...lines: object[]) =>
  [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");

test("whoever draws waits longer than any of the others pauses between two writings", (t) => {
  const folder = folderFor(t);
  const store = openFor(t, folder);
  assert.equal(store.patience(), 250);
  const form = "socket-record-1";
  for (const [pause, patience] of [
    [50, 250],
    [300.5, 350.5],
    [500, 550],
    // Of another version, or not to be believed.
    [undefined, 550],
    ["long", 550],
    [1e9, 550],
    [-1e9, 250],
  ]) {
    writeFileSync(join(folder, "101.jsonl"), fileOf({ form, pid: 101, pause }));
    assert.equal(store.patience(), patience, String(pause));
  }
  writeFileSync(join(folder, "102.jsonl"), fileOf({ form, pid: 102, pause: 400 }));
  assert.equal(store.patience(), 450);
});

test("a ladder has what the other notebook had done by then, however long that pauses", (t) => {
  const temporary = mkdtempSync(join(tmpdir(), "record-store-test-"));
  t.after(() => rmSync(temporary, { recursive: true, force: true }));
  const printed = inNotebook(
    temporary,
    `
    const { writeFileSync } = require("node:fs");
    const file = ${JSON.stringify(join(usual(temporary), "1.jsonl"))};
    const { client, served, listening } = await connection();
    const net = require("node:net").createServer(() => {}).listen(0, "127.0.0.1");
    await require("node:events").once(net, "listening");
    const asked = await createConnection(["127.0.0.1", net.address().port]);
    const [local, remote] = [asked.getpeername(), asked.getsockname()].map((end) => end.join(":"));
    const write = (calls) => writeFileSync(file, [
      { form: "socket-record-1", pid: 1, pause: 500 },
      { id: 1, family: 2, type: 1, isAccepted: true, local, remote, opened: 1e12, unread: 0, calls },
    ].map((line) => JSON.stringify(line)).join("\\n"));
    write([]);
    const { mock } = require("node:test");
    mock.timers.enable({ apis: ["setTimeout"] });
    const drawing = ladder(asked);
    mock.timers.tick(500);
    await new Promise(setImmediate);
    write([["recv", 16, 1e12, 1e12, 0, 4, "late"]]);
    mock.timers.tick(50);
    console.log(String(await drawing));`,
  );
  assert.match(printed, /server .*\(the other notebook\).*client .*\(this notebook\)/);
  assert.match(printed, /recv\(16\) = 4 octets b'late'/);
});

test("a file tells its pause, which is the longer the longer the writing before it took", (t) => {
  const folder = folderFor(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const store = openFor(t, folder);
  const pause = () => JSON.parse(readFileSync(own(folder), "utf8").split("\n")[0]).pause;
  let clock = 0;
  let took = 0;
  t.mock.method(performance, "now", () => (clock += took));
  const { mock } = t.mock.method(store, "write");
  const writings = [];
  for (const milliseconds of [0, 3, 1000, 0, 0]) {
    took = 0;
    socket().close();
    took = milliseconds;
    let waited = 0;
    for (const before = mock.callCount(); mock.callCount() === before; waited++) {
      t.mock.timers.tick(1);
    }
    writings.push([waited, pause()]);
  }
  // The pause before a writing is the one that the file before it has told.
  assert.deepEqual(writings, [
    [50, 50],
    [50, 50],
    [50, 300],
    [300, 500],
    [500, 50],
  ]);
});

test("of the others' files 64 are read", (t) => {
  const folder = folderFor(t);
  const store = openFor(t, folder);
  const head = { form: "socket-record-1", pid: 1 };
  const line = { id: 1, family: 2, type: 1, opened: 5, unread: 0, calls: [] };
  for (let pid = 1001; pid <= 1070; pid++) {
    writeFileSync(join(folder, `${pid}.jsonl`), fileOf(head, line));
  }
  assert.equal(store.others().length, 64);
  store.write();
  assert.equal(store.others().length, 64);
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
  writeFileSync(join(folder, "108.jsonl"), good);
  if (userInfo().uid === 0) chownSync(join(folder, "108.jsonl"), 12_345, 12_345);
  else {
    t.diagnostic("only root can give a file to somebody else: not tried");
    rmSync(join(folder, "108.jsonl"));
  }
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
    socketLine({ opened: 5 }).replace('"opened":5', '"opened":1e999'),
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
    ["recv", 16, 1, 4, 0, 0, "", null, null, null, 1, 0, 5],
    ["recv", 16, 1, 5, 0, 0, "", null, null, null, 1, 0, 1.5],
  ];
  const [record] = parseRecords(
    [head, socketLine({ calls, local: "a:1", omitted: -1 })].join("\n"),
    7,
  );
  assert.deepEqual(
    record.calls.map(({ head, octets, end, cell }) => [head, octets, end, cell]),
    [
      ["abc", 3, 2, undefined],
      [undefined, undefined, undefined, undefined],
      ["", 0, 4, 5],
      ["", 0, 5, undefined],
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
