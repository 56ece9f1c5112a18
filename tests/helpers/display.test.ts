/** What the objects show of themselves, letter by letter; descriptors and ports that the system chose are named. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { netstat } from "../../helpers/netstat";
import { DISPLAY, type Displayable, displayedAs, tableBundle } from "../../helpers/show/display";
import {
  AF_INET,
  AF_UNIX,
  bytes,
  getaddrinfo,
  getConstants,
  SO_LINGER,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../helpers/socket";
import { listen, pair, portOf } from "./peers/connection";
import { until } from "./peers/until";

function shown(value: unknown, form: "text/plain" | "text/markdown"): string {
  return String((value as Displayable)[DISPLAY]()[form]);
}

/** The lines of a form, with names for what the system chooses. */
function lines(value: unknown, names: Record<string, number>, form?: "text/markdown"): string[] {
  let text = shown(value, form ?? "text/plain").replace(/SO_(SND|RCV)BUF \d+/g, "SO_$1BUF n");
  for (const [name, number] of Object.entries(names)) {
    text = text.replace(new RegExp(`\\b${number}\\b`, "g"), name);
  }
  return text.split("\n");
}

const named = (sock: Socket) => ({ FD: sock.fileno() });

test("a socket that listens, and one that is closed", async (t) => {
  const [listening, port] = await listen(t, 5);
  using client = socket();
  await client.connect(["127.0.0.1", port]);
  assert.deepEqual(lines(listening, { ...named(listening), PORT: port }), [
    "socket                  fd FD",
    "family                  AF_INET",
    "type                    SOCK_STREAM",
    "protocol                IPPROTO_TCP",
    "local address           127.0.0.1:PORT",
    "state                   LISTEN",
    "options                 SO_SNDBUF n, SO_RCVBUF n",
    "timeout                 none",
    "waiting to be accepted  1, backlog 5",
  ]);
  client.close();
  assert.deepEqual(lines(client, {}), [
    "socket    closed",
    "family    AF_INET",
    "type      SOCK_STREAM",
    "protocol  IPPROTO_TCP",
  ]);
});

test("a connected socket, with what is set, what has not been read and what is not acknowledged", async (t) => {
  const [client, served] = await pair(t);
  await client.sendall("Hi there, server");
  await served.recv(6);
  served.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 3 });
  served.settimeout(1.5);
  const names = { ...named(served), SERVER: portOf(served), CLIENT: portOf(client) };
  assert.deepEqual(lines(served, names, "text/markdown"), [
    "| socket | fd FD |",
    "|---|---|",
    "| family | AF_INET |",
    "| type | SOCK_STREAM |",
    "| protocol | IPPROTO_TCP |",
    "| local address | 127.0.0.1:SERVER |",
    "| remote address | 127.0.0.1:CLIENT |",
    "| state | ESTABLISHED |",
    "| options | SO_LINGER 3 s, SO_SNDBUF n, SO_RCVBUF n |",
    "| timeout | 1.5 s |",
    "| not read yet | 10 octets |",
    "| not acknowledged yet | 0 octets |",
  ]);
  assert.match(
    shown(served, "text/plain"),
    new RegExp(`SO_RCVBUF ${served.getsockopt(SOL_SOCKET, SO_RCVBUF)}\n`),
  );
  assert.match(
    shown(served, "text/plain"),
    new RegExp(`SO_SNDBUF ${served.getsockopt(SOL_SOCKET, SO_SNDBUF)},`),
  );
});

test("octets that the other side does not take are not acknowledged", async (t) => {
  const [client, served] = await pair(t);
  client.setblocking(false);
  const block = new Uint8Array(65536);
  let sent = 0;
  try {
    while (true) sent += await client.send(block);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
  }
  const number = (row: string, text: string) =>
    Number(new RegExp(`${row} +(\\d+) octets`).exec(text)?.[1]);
  const there = () => number("not read yet", shown(served, "text/plain"));
  const here = () => number("not acknowledged yet", shown(client, "text/plain"));
  assert.ok(there() > 0 && here() > 0);
  // What has arrived may be acknowledged a moment later.
  await until(() => there() + here() === sent);
});

test("sockets of other families and types leave out what they have not", () => {
  using unix = socket(AF_UNIX);
  assert.deepEqual(lines(unix, { FD: unix.fileno() }), [
    "socket         fd FD",
    "family         AF_UNIX",
    "type           SOCK_STREAM",
    "local address  none",
    "options        SO_SNDBUF n, SO_RCVBUF n",
    "timeout        none",
    "not read yet   0 octets",
  ]);
  using udp = socket(AF_INET, SOCK_DGRAM);
  assert.ok(lines(udp, {}).includes("protocol       IPPROTO_UDP"));
  assert.ok(!shown(udp, "text/plain").includes("state"));
});

test("octets print as before, and are shown as numbers beside their text", () => {
  const data = bytes("Hi there, server\nand `you`\0");
  assert.equal(inspect(data), "b'Hi there, server\\nand `you`\\x00'");
  assert.equal(shown(data, "text/plain"), inspect(data));
  assert.deepEqual(shown(data, "text/markdown").split("\n"), [
    "27 octets",
    "",
    "```",
    "   0  48 69 20 74 68 65 72 65  Hi there",
    "   8  2c 20 73 65 72 76 65 72  , server",
    "  16  0a 61 6e 64 20 60 79 6f  .and `yo",
    "  24  75 60 00                 u`.",
    "```",
  ]);
  assert.equal(shown(bytes(""), "text/markdown"), "0 octets");
  const long = shown(bytes("x".repeat(1000)), "text/markdown").split("\n");
  assert.equal(long.length, 3 + 256 / 8 + 2);
  assert.equal(long.at(-2), "      ... 744 more octets");
});

test("addresses are shown with names for their numbers, and print as the arrays that they are", async () => {
  const list = await getaddrinfo("127.0.0.1", 80, { type: SOCK_STREAM });
  assert.equal(inspect(list), "[ [ 2, 1, 6, '', [ '127.0.0.1', 80 ] ] ]");
  assert.deepEqual(shown(list, "text/plain").split("\n"), [
    "family   type         protocol     canonical name  address",
    "AF_INET  SOCK_STREAM  IPPROTO_TCP                  127.0.0.1:80",
  ]);
  assert.equal(
    shown(list, "text/markdown").split("\n")[2],
    "| AF_INET | SOCK_STREAM | IPPROTO_TCP |  | 127.0.0.1:80 |",
  );
  assert.deepEqual(
    list.map((info) => info[4]),
    [["127.0.0.1", 80]],
  );
});

test("a table of constants has its names by their numbers, a long one in several columns", () => {
  const types = getConstants("SOCK_");
  assert.equal(shown(types, "text/plain"), inspect(types));
  assert.ok(shown(types, "text/markdown").startsWith("| number | name |\n|---|---|\n| 1 | SOCK_"));
  assert.deepEqual(Reflect.ownKeys(types), [...Object.keys(types), DISPLAY]);
  assert.deepEqual({ ...types }, types);
  const protocols = getConstants("IPPROTO_");
  const rows = shown(protocols, "text/markdown").split("\n").slice(2);
  assert.ok(rows.length < Object.keys(protocols).length);
  const found = rows.flatMap((row) => [...row.matchAll(/(\d+) \| (IPPROTO_\w+)/g)]);
  assert.deepEqual(Object.fromEntries(found.map(([, number, name]) => [number, name])), {
    ...protocols,
  });
});

test("the table of sockets has the same rows in both forms", async (t) => {
  const [, port] = await listen(t);
  const table = netstat(port, "LISTEN");
  assert.equal(shown(table, "text/plain"), inspect(table));
  assert.deepEqual(shown(table, "text/markdown").split("\n"), [
    "| Proto | Recv-Q | Send-Q | Local Address | Foreign Address | State |",
    "|---|---|---|---|---|---|",
    `| tcp | 0 | 0 | 127.0.0.1:${port} | 0.0.0.0:\\* | LISTEN |`,
  ]);
});

test("an error of the system says its parts, and keeps its properties", async () => {
  const error = await socket()
    .connect(["127.0.0.1", 1])
    .catch((reason) => reason);
  const message =
    "Connection refused. Nothing listens there: start the server first, or check the address.";
  assert.deepEqual(shown(error, "text/plain").split("\n"), [
    "error    ECONNREFUSED",
    `number   ${error.errno}`,
    "call     connect",
    "address  127.0.0.1",
    "port     1",
    `message  connect ECONNREFUSED 127.0.0.1:1: ${message}`,
  ]);
  assert.deepEqual(Object.keys(error), ["code", "errno", "syscall", "address", "port"]);
  const unknown = await getaddrinfo("no.such.host.invalid", 80).catch((reason) => reason);
  assert.match(shown(unknown, "text/plain"), /^error +EAI_/);
});

test("text means nothing in Markdown but itself", () => {
  const bundle = tableBundle(["a|b"], [["*x* `y` [z](u) <b> $1$ _q_ a_b \\ \n c"]]);
  assert.equal(
    bundle["text/markdown"],
    "| a\\|b |\n|---|\n| \\*x\\* \\`y\\` \\[z\\](u) \\<b\\> \\$1\\$ \\_q\\_ a_b \\\\   c |",
  );
  const value = displayedAs({ seen: 1 }, () => bundle);
  assert.deepEqual(Object.keys(value), ["seen"]);
});
