/** The ladder of scripted conversations, row by row, and of real ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Ladder, ladder } from "../../helpers/ladder";
import { netstat } from "../../helpers/netstat";
import { Call } from "../../helpers/record/call";
import { recordSocket, SocketRecord, setRecording } from "../../helpers/record/record";
import { DISPLAY } from "../../helpers/show/display";
import {
  type Connection,
  type Conversation,
  ladderRows,
  type Rows,
} from "../../helpers/show/ladder-rows";
import { ladderSvg } from "../../helpers/show/ladder-svg";
import { ladderText } from "../../helpers/show/ladder-text";
import {
  MSG_PEEK,
  MSG_WAITALL,
  SO_LINGER,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../helpers/socket";
import { listen, pair, portOf, connection as withPython } from "./peers/connection";
import { ladderLines } from "./peers/ladder-lines";
import { Python } from "./peers/python";
import { until } from "./peers/until";

setRecording(true);

/** A call of the script: name, what it was asked, when it began and came back, and what else is known of it. */
type Line = [
  name: string,
  asked: number | string | undefined,
  start: number,
  end?: number,
  more?: Partial<Call>,
];

let lastId = 0;

function scripted(
  isAccepted: boolean,
  ends: [string, string] | undefined,
  script: Line[],
): SocketRecord {
  const record = new SocketRecord(++lastId, 2, 1, isAccepted, script[0]?.[2] ?? 0);
  if (ends) [record.local, record.remote] = ends;
  for (const [name, asked, start, end, more = {}] of script) {
    const call = new Call(name, asked, undefined, start);
    record.calls.push(
      Object.assign(call, { end, waited: end === undefined || end - start > 1 }, more),
    );
    if (name === "close") record.closed = end;
  }
  return record;
}

const SERVER = "127.0.0.1:10000";
const CLIENT = "127.0.0.1:50000";

const moved = (text: string): Partial<Call> => ({ octets: text.length, head: text.slice(0, 24) });

/** The lines of the text, without the head and the times. */
function lines(conversation: Partial<Conversation>): string[] {
  return linesOf(ladderRows({ connections: [], listeners: [], ...conversation }));
}

function linesOf(rows: Rows): string[] {
  return ladderLines(ladderText(rows, { left: "server", right: "client" }));
}

function echo(): Connection & { listener: SocketRecord } {
  const server = scripted(
    true,
    [SERVER, CLIENT],
    [
      ["recv", 16, 8, 12, moved("Hi there, server")],
      ["sendall", 16, 13, 13.1, moved("Hi there, server")],
      ["recv", 16, 14, 20, { octets: 0, head: "" }],
      ["close", undefined, 21, 21],
    ],
  );
  const listener = scripted(false, undefined, [
    ["bind", SERVER, 0, 0.1],
    ["listen", 5, 1, 1.1],
    ["accept", undefined, 2, 6, { accepted: server.id, peer: CLIENT }],
    ["accept", undefined, 30, 33, { accepted: 999, peer: "127.0.0.1:50001" }],
    ["close", undefined, 40, 40.1],
  ]);
  const client = scripted(
    false,
    [CLIENT, SERVER],
    [
      ["connect", SERVER, 5, 5.5],
      ["sendall", 16, 10, 10.1, moved("Hi there, server")],
      ["recv", 16, 11, 15, moved("Hi there, server")],
      ["close", undefined, 19, 19.1],
    ],
  );
  return { server, client, listener };
}

test("an echo, from bind to the last FIN, one row an event", () => {
  const { server, client, listener } = echo();
  assert.deepEqual(lines({ connections: [{ server, client }], listeners: [listener] }), [
    "bind(127.0.0.1:10000) |  |",
    "listen(5) |  |",
    "accept() ... |  |",
    "| <... SYN ... | connect(127.0.0.1:10000)",
    "| ... SYN, ACK ...> |",
    "| <... ACK ... |",
    "... accept() = 127.0.0.1:50000 |  |",
    "recv(16) ... |  |",
    "| <--- 16 octets b'Hi there, server' --- | sendall(16)",
    "|  | recv(16) ...",
    "... recv(16) = 16 octets b'Hi there, server' |  |",
    "sendall(16) | --- 16 octets b'Hi there, server' ---> |",
    "recv(16) ... |  |",
    "|  | ... recv(16) = 16 octets b'Hi there, server'",
    "| <... FIN ... | close()",
    "... recv(16) = end of stream |  |",
    "close() | ... FIN ...> |",
  ]);
});

test("a row names the cells of whose calls it tells, of this notebook and of the other", () => {
  const { server, client, listener } = echo();
  assert.ok(client && server);
  Object.assign(client, { program: process.pid + 1 });
  for (const call of [...listener.calls, ...server.calls]) Object.assign(call, { cell: 2 });
  const cells = [1, 2, 3, undefined];
  for (const [at, call] of client.calls.entries()) Object.assign(call, { cell: cells[at] });
  const rows = ladderRows({ connections: [{ server, client }], listeners: [listener] });
  const heads = { role: "", address: "", place: "" };
  const svg = ladderSvg({ rows, heads: { left: heads, right: heads } }, false, "");
  const groups = svg.split('<g class="row"').slice(1);
  const [here, there] = [' data-here="2">', ' data-there="'];
  assert.deepEqual(
    groups.map((group) => group.slice(0, group.indexOf(">") + 1)),
    [
      ...[here, here, here],
      ...[`${there}1">`, `${there}1">`, `${there}1">`],
      ...[here, here],
      ...[`${there}2">`, `${there}3">`],
      ...[here, here, here],
      ...[`${there}3">`, ">"],
      ...[here, here],
    ],
  );
});

test("what both sides repeat at the same time is a row of both their cells", () => {
  const many = (name: string, cell: number) =>
    Array.from({ length: 5 }, (_, at): Line => [name, 4, at, at, { ...moved("ping"), cell }]);
  const server = scripted(true, [SERVER, CLIENT], many("recv", 3));
  const client = scripted(false, [CLIENT, SERVER], many("sendall", 4));
  const { rows } = ladderRows({ connections: [{ server, client }], listeners: [] });
  const cells = rows.map((row) => row.cells);
  assert.deepEqual(cells, [[3, 4].map((number) => ({ number, isOwn: true }))]);
});

test("the times of the rows grow, and boxes reach from the row of the call to that of its return", () => {
  const { server, client, listener } = echo();
  const { rows, boxes } = ladderRows({ connections: [{ server, client }], listeners: [listener] });
  const times = rows.flatMap(({ time }) => time ?? []);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.equal(times[0], 0);
  const box = boxes.find(
    ({ side, from }) => side === "right" && rows[from].right[0]?.call === "recv(16)",
  );
  assert.ok(box);
  assert.equal(rows[box.to].right[0]?.wait, "ends");
  const connect = boxes.find(({ from }) => rows[from].right[0]?.call.startsWith("connect"));
  assert.deepEqual(
    rows.slice(connect?.from, (connect?.to ?? 0) + 1).map(({ wires }) => wires[0]?.text),
    ["SYN", "SYN, ACK", "ACK"],
  );
});

test("what passes in both directions at the same time has lanes of its own", () => {
  const server = scripted(
    true,
    [SERVER, CLIENT],
    [
      ["recv", 16, 1, 9, moved("in")],
      ["sendall", 16, 2, 8, moved("out")],
    ],
  );
  const { boxes, lanes } = ladderRows({ connections: [{ server }], listeners: [] });
  assert.deepEqual(
    boxes.map(({ lane }) => lane),
    [0, 1],
  );
  assert.deepEqual(lanes, { left: 2, right: 1 });
});

test("refused, lost, reset: each in its own words", () => {
  const refused = scripted(false, undefined, [
    ["connect", SERVER, 0, 0.2, { error: "ECONNREFUSED" }],
    ["close", undefined, 1, 1],
  ]);
  assert.deepEqual(lines({ connections: [{ client: refused }] }), [
    "| <... SYN ... | connect(127.0.0.1:10000) = ECONNREFUSED",
    "| ... RST: refused ...> |",
    "|  | close()",
  ]);
  const late = scripted(false, undefined, [["connect", SERVER, 0, 300, { error: "ETIMEDOUT" }]]);
  assert.deepEqual(lines({ connections: [{ client: late }] }), [
    "| x... SYN ... | connect(127.0.0.1:10000) ...",
    "|  | ... connect(127.0.0.1:10000) = ETIMEDOUT",
  ]);
  const server = scripted(true, [SERVER, CLIENT], [["close", undefined, 3, 3]]);
  server.unread = 1200;
  const client = scripted(
    false,
    [CLIENT, SERVER],
    [
      ["connect", SERVER, 0, 0.1],
      ["sendall", 1200, 1, 1.1, moved("x".repeat(1200))],
      ["recv", 5, 2, 4, { error: "ECONNRESET" }],
      ["send", 2, 5, 5, { error: "EPIPE" }],
      ["close", undefined, 6, 6],
    ],
  );
  assert.deepEqual(lines({ connections: [{ server, client }] }).slice(3), [
    `| <--- 1,200 octets b'${"x".repeat(24)}… --- | sendall(1,200)`,
    "|  | recv(5) ...",
    "close() | ... RST: 1,200 unread ...> |",
    "|  | ... recv(5) = ECONNRESET",
    "|  | send(2) = EPIPE",
    "|  | close()",
  ]);
});

test("octets sent to a socket that is closed are answered by a reset", () => {
  const server = scripted(true, [SERVER, CLIENT], [["close", undefined, 1, 1]]);
  const client = scripted(false, [CLIENT, SERVER], [["send", 2, 2, 2, moved("hi")]]);
  assert.deepEqual(lines({ connections: [{ server, client }] }), [
    "close() | ... FIN ...> |",
    "| <--- 2 octets b'hi' --- | send(2)",
    "| ... RST: nobody reads ...> |",
  ]);
});

test("a call that still waits is drawn to the end, with what it has moved by now", () => {
  const server = scripted(true, [SERVER, CLIENT], [["recv", 16, 1]]);
  const client = scripted(
    false,
    [CLIENT, SERVER],
    [["sendall", 2 ** 24, 2, undefined, { octets: 4096 }]],
  );
  const conversation = { connections: [{ server, client }], listeners: [] };
  assert.deepEqual(lines(conversation), [
    "recv(16) ... still waits |  |",
    "| <--- 4,096 octets by now --- | sendall(16 MiB) ... still waits",
  ]);
  for (const { isOpen, to } of ladderRows(conversation).boxes) {
    assert.ok(isOpen);
    assert.equal(to, 1);
  }
});

test("a thousand equal calls are one row, and a thousand equal pairs of calls as well", () => {
  const many = (name: string, first: number): Line[] =>
    Array.from({ length: 1000 }, (_, n) => [
      name,
      16,
      first + n,
      first + n + 0.1,
      moved("0123456789abcdef"),
    ]);
  const server = scripted(true, [SERVER, CLIENT], many("recv", 0.5));
  const client = scripted(false, [CLIENT, SERVER], many("sendall", 0));
  assert.deepEqual(lines({ connections: [{ server, client }] }), [
    "1,000 × recv(16) = 16,000 octets in all | <--- 1,000 × 16 octets --- | " +
      "1,000 × sendall(16) = 16,000 octets in all",
  ]);
  const zip = (one: Line[], other: Line[]) => one.flatMap((line, n) => [line, other[n]]);
  server.calls.length = client.calls.length = 0;
  const echoing = scripted(true, [SERVER, CLIENT], zip(many("recv", 0.1), many("sendall", 0.2)));
  const asking = scripted(false, [CLIENT, SERVER], zip(many("sendall", 0), many("recv", 0.3)));
  const [row, ...others] = ladderRows({
    connections: [{ server: echoing, client: asking }],
    listeners: [],
  }).rows;
  assert.equal(others.length, 0);
  assert.deepEqual(
    row.left.map(({ call }) => call),
    ["1,000 × recv(16)", "1,000 × sendall(16)"],
  );
  assert.deepEqual(
    row.wires.map(({ to, text }) => [to, text]),
    [
      ["left", "1,000 × 16 octets"],
      ["right", "1,000 × 16 octets"],
    ],
  );
});

test("four equal calls are not folded, and calls with other octets neither", () => {
  const texts = ["a", "a", "a", "a", "b", "c", "d", "e", "f"];
  const script = texts.map((text, n): Line => ["send", 1, n, n, moved(text)]);
  const client = scripted(false, [CLIENT, SERVER], script);
  assert.equal(lines({ connections: [{ client }] }).length, texts.length);
});

test("flags are told, since they change what a call does", () => {
  const server = scripted(
    true,
    [SERVER, CLIENT],
    [["recv", 1024, 1, 1, { ...moved("hello"), flags: MSG_PEEK | MSG_WAITALL }]],
  );
  assert.match(
    lines({ connections: [{ server }] })[0],
    /^recv\(1 KiB, MSG_PEEK\|MSG_WAITALL\) = 5 octets/,
  );
});

test("a wait is drawn as one, unless it was short and nothing else happened", () => {
  const script: Line[] = [
    ["recv", 5, 1, 9, { error: "EAGAIN", waited: true }],
    ["recv", 5, 20, 320, { error: "ETIMEDOUT" }],
  ];
  const server = scripted(true, [SERVER, CLIENT], script);
  assert.deepEqual(lines({ connections: [{ server }] }), [
    "recv(5) = EAGAIN |  |",
    "recv(5) ... |  |",
    "... recv(5) = ETIMEDOUT |  |",
  ]);
});

test("of more than forty rows the middle is folded, and the boxes stay at their rows", () => {
  const script = Array.from(
    { length: 1000 },
    (_, n): Line => ["send", n + 1, n, n, moved("x".repeat(n + 1))],
  );
  const client = scripted(false, [CLIENT, SERVER], script);
  const { rows, boxes } = ladderRows({ connections: [{ client }], listeners: [] });
  assert.equal(rows.length, 24 + 1 + 15);
  assert.equal(rows[24].gap, "961 rows are folded");
  assert.equal(boxes.length, 39);
  for (const { from, to } of boxes) {
    assert.equal(from, to);
    assert.equal(rows[from].right.length, 1);
  }
  assert.equal(rows.at(-1)?.right[0].call, "send(1,000)");
});

test("where the other side was not recorded, its octets and its end are inferred", () => {
  const client = scripted(
    false,
    [CLIENT, SERVER],
    [
      ["recv", 16, 1, 1, moved("hello")],
      ["recv", 16, 2, 2, { octets: 0, head: "" }],
      ["recv", 16, 3, 3, { error: "ECONNRESET" }],
    ],
  );
  assert.deepEqual(lines({ connections: [{ client }] }), [
    "| ... 5 octets b'hello' ...> | recv(16) = 5 octets b'hello'",
    "| ... FIN ...> | recv(16) = end of stream",
    "| ... RST ...> | recv(16) = ECONNRESET",
  ]);
});

const textOf = (drawn: Ladder) => linesOf(drawn.rows).join("\n");

test("a real conversation: either end, open or closed, gives the same ladder", async (t) => {
  const [client, served] = await pair(t);
  await client.sendall("Hi there, server");
  await served.recv(16);
  const open = textOf(await ladder(client));
  assert.match(open, /\| <--- 16 octets b'Hi there, server' --- \| sendall\(16\)/);
  assert.match(open, /^recv\(16\) = 16 octets b'Hi there, server'/m);
  client.close();
  served.close();
  assert.equal(textOf(await ladder(client)), textOf(await ladder(served)));
  assert.equal(
    textOf(await ladder(client)),
    `${open}\n| <... FIN ... | close()\nclose() | ... FIN ...> |`,
  );
});

test("a thousand sends of a real socket are counted, also beyond what is kept", async (t) => {
  const [client, served] = await pair(t);
  for (let n = 0; n < 1000; n++) {
    await client.sendall("0123456789abcdef");
    await served.recv(16);
  }
  const found = textOf(await ladder(client));
  assert.match(found, /1,000 × recv\(16\) = 16,000 octets in all/);
  assert.match(found, /1,000 × sendall\(16\) = 16,000 octets in all/);
  assert.ok(found.split("\n").length < 12, found);
});

test("a connection that is accepted after its client has closed is one all the same", async (t) => {
  const [listening, port] = await listen(t);
  const client = socket();
  await client.connect(["127.0.0.1", port]);
  await client.sendall("gone");
  client.close();
  await until(() => netstat(port, "CLOSE_WAIT").length > 0);
  const [served] = await listening.accept();
  await served.recv(16);
  served.close();
  const found = textOf(await ladder(client));
  assert.match(found, /^recv\(16\) = 4 octets b'gone'/m);
  assert.equal(textOf(await ladder(served)), found);
});

test("a socket that listens stands for all that it has accepted", async (t) => {
  const [listening, port] = await listen(t);
  const [early, late] = [socket(), socket()];
  for (const client of [early, late]) await client.connect(["127.0.0.1", port]);
  const [first] = await listening.accept();
  const [second] = await listening.accept();
  const waits = second.recv(16).catch(() => {});
  await early.sendall("one");
  await first.recv(16);
  const drawn = await ladder(listening);
  const found = textOf(drawn);
  for (const sock of [early, late, first, second]) sock.close();
  await waits;
  assert.match(found, /1: sendall\(3\)/);
  assert.match(found, /2: recv\(16\) \.\.\. still waits/);
  assert.equal(drawn.heads.right.address, "2 connections");
});

test("a reset by SO_LINGER, and a peer that is no socket of ours", async (t) => {
  const [client, served] = await pair(t);
  client.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
  client.close();
  await served.recv(1).catch(() => {});
  assert.match(textOf(await ladder(served)), /RST: SO_LINGER 0/);
  const [listening, port] = await listen(t);
  // As octets, and to be inherited by what is accepted.
  listening.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer));
  const other = socket();
  t.after(() => other.close());
  await other.connect(["127.0.0.1", port]);
  (await listening.accept())[0].close();
  await other.recv(1).catch(() => {});
  assert.match(textOf(await ladder(other)), /RST: SO_LINGER 0/);
  const peer = new Python(t);
  const ours = await withPython(t, peer);
  await peer.run("peer.sendall(b'from Python')");
  await ours.recv(100);
  const drawn = await ladder(ours);
  assert.equal(drawn.heads.right.place, "not recorded");
  assert.match(textOf(drawn), /<\.\.\. 11 octets b'from Python' \.\.\. \|/);
});

test("the picture is drawn from the same rows, and what others sent cannot break out of it", async (t) => {
  const [client, served] = await pair(t);
  await client.sendall(`</text><script>alert("&")</script>\0\ud800`);
  await served.recv(4096);
  const bundle = (await ladder(served))[DISPLAY]();
  const svg = String(bundle["image/svg+xml"]);
  assert.ok(!svg.includes("<script"));
  assert.ok(svg.includes("&#60;/text&#62;&#60;script"));
  assert.ok(String(bundle["text/plain"]).includes("b'</text><script>alert"));
  await assert.rejects(ladder(), RangeError);
});

/** What a cell has room for, in pixels, in one of two notebooks side by side on a screen of 1280 x 720. */
const OUTPUT = 496;

test("on a projector, side by side, text is at least 11 pixels high, however many calls overlap", async (t) => {
  const [client, served] = await pair(t);
  const waits = Array.from({ length: 9 }, () => served.recv(1).catch(() => {}));
  const many = String((await ladder(client))[DISPLAY]()["image/svg+xml"]);
  await client.sendall("123456789");
  await Promise.all(waits);
  for (const svg of [many, String((await ladder(served))[DISPLAY]()["image/svg+xml"])]) {
    const width = Number(/viewBox="0 0 ([\d.]+) /.exec(svg)?.[1]);
    const sizes = [...svg.matchAll(/font-size="([\d.]+)"/g)].map(([, size]) => Number(size));
    assert.ok(sizes.length > 10);
    assert.equal([...svg.matchAll(/<text /g)].length, sizes.length);
    for (const size of sizes) assert.ok(size * Math.min(1, OUTPUT / width) >= 11, `${size}`);
  }
});

/** A socket that nobody has made, with its record: its two ends, and when it was connected or accepted. */
function invented(isAccepted: boolean, local: string, remote: string, time: number): Socket {
  const sock = { family: 2, type: 1 } as Socket;
  const record = recordSocket(sock, isAccepted);
  Object.assign(record, { local, remote, opened: time });
  if (!isAccepted) record.calls.push(new Call("connect", remote, undefined, time));
  record.calls.push(new Call(`at ${time}`, undefined, undefined, time));
  return sock;
}

test("of connections with the same addresses, the ends that belong together are drawn", async () => {
  const [here, there] = ["192.0.2.1:10000", "192.0.2.2:50000"];
  const clients = [100, 210].map((time) => invented(false, there, here, time));
  const servers = [200, 900].map((time) => invented(true, here, there, time));
  for (const [asked, ends] of [
    [clients[0], ["at 100", "at 200"]],
    [servers[0], ["at 100", "at 200"]],
    [clients[1], ["at 210", "at 900"]],
    [servers[1], ["at 210", "at 900"]],
  ] as const) {
    const text = textOf(await ladder(asked));
    assert.deepEqual(text.match(/at \d+/g), ends);
  }
});

test("an end that has an IPv4 address in its form for IPv6 belongs to one that has it plainly", async () => {
  const server = invented(true, "[::ffff:192.0.2.3]:10000", "[::ffff:192.0.2.4]:50000", 2);
  invented(false, "192.0.2.4:50000", "192.0.2.3:10000", 1);
  assert.deepEqual(textOf(await ladder(server)).match(/at \d+/g), ["at 1", "at 2"]);
});

test("both ends of a connection are one connection, and one with itself has no other end", async (t) => {
  const [client, served] = await pair(t);
  const { heads } = await ladder(client, served, client);
  assert.equal(heads.right.address, `127.0.0.1:${portOf(client)}`);
  const sock = socket();
  t.after(() => sock.close());
  await sock.bind(["127.0.0.1", 0]);
  await sock.connect(sock.getsockname());
  const own = await ladder(sock);
  assert.equal(own.heads.left.place, "not recorded");
  assert.equal(own.heads.right.place, "this notebook");
});

test("where nobody answered, the server is the one that was asked for", async () => {
  const sock = socket();
  await sock.bind(["127.0.0.1", 0]);
  const nobody = portOf(sock);
  const client = socket();
  await assert.rejects(client.connect(["127.0.0.1", nobody]), { code: "ECONNREFUSED" });
  client.close();
  sock.close();
  assert.equal((await ladder(client)).heads.left.address, `127.0.0.1:${nobody}`);
});

test("where one end is closed, the close of the other is waited for, but not for ever", async (t) => {
  const [client, served] = await pair(t);
  client.close();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const turn = async () => {
    t.mock.timers.tick(250);
    await nextTurn();
  };
  const unfinished = ladder(served);
  for (let turns = 0; turns < 6; turns++) await turn();
  assert.doesNotMatch(textOf(await unfinished), /^close/m);
  const finished = ladder(served);
  for (let turns = 0; turns < 5; turns++) await turn();
  served.close();
  await turn();
  assert.match(textOf(await finished), /^close/m);
});
