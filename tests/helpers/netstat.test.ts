/** The table of sockets, against what psutil reads and what macOS is known to print. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import fs from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import { fromProcNet, fromProgram, netstat, type Row } from "../../helpers/netstat";
import { AF_INET6, createServer, socket } from "../../helpers/socket";
import { listen, portOf } from "./peers/connection";
import { PYTHON } from "./peers/python";
import { until } from "./peers/until";

/** What psutil says of the sockets that have this port, in the order and form of `essence`. */
function psutil(port: number): string[] {
  const program = `
import json, psutil, socket
FAMILY = {socket.AF_INET: "", socket.AF_INET6: "6"}
KIND = {socket.SOCK_STREAM: "tcp", socket.SOCK_DGRAM: "udp"}
ANY = {socket.AF_INET: ("0.0.0.0", 0), socket.AF_INET6: ("::", 0)}
print(json.dumps([
    " ".join(map(str, (KIND[c.type] + FAMILY[c.family], *c.laddr, *(c.raddr or ANY[c.family]), c.status)))
    for c in psutil.net_connections("inet") if ${port} in [a[1] for a in (c.laddr, c.raddr) if a]]))`;
  return JSON.parse(execFileSync(PYTHON, ["-c", program], { encoding: "utf8" }));
}

/** Those of IPv4's TCP between these ports, in order: another program may have the same ports for something else. */
function between(ports: number[], lines: string[]): string[] {
  return lines
    .filter((line) => line.startsWith("tcp "))
    .filter((line) =>
      [2, 4].every((field) => [0, ...ports].includes(Number(line.split(" ")[field]))),
    )
    .sort();
}

function essence({ proto, local, remote, state }: Row): string {
  return [proto, ...local, ...remote, state || "NONE"].join(" ");
}

test("a listening socket and both ends of a connection, as psutil sees them", async (t) => {
  const [listening, port] = await listen(t);
  using client = socket();
  await client.connect(["127.0.0.1", port]);
  const [served] = await listening.accept();
  const ports = [port, portOf(client)];
  const ours = () => between(ports, netstat(port).map(essence));
  assert.equal(netstat().source, "/proc/net");
  const ends = [portOf(client), port] as const;
  assert.deepEqual(
    netstat(ends).map(({ state }) => state),
    ["ESTABLISHED", "ESTABLISHED"],
  );
  assert.deepEqual(netstat([port, port]), netstat(port, "CLOSING"));
  assert.deepEqual(
    ours(),
    [
      `tcp 127.0.0.1 ${port} 0.0.0.0 0 LISTEN`,
      `tcp 127.0.0.1 ${port} 127.0.0.1 ${portOf(client)} ESTABLISHED`,
      `tcp 127.0.0.1 ${portOf(client)} 127.0.0.1 ${port} ESTABLISHED`,
    ].sort(),
  );
  assert.deepEqual(ours(), between(ports, psutil(port)));

  served.close();
  await until(() => netstat(port, "FIN_WAIT2").some(({ local }) => local[1] === port));
  assert.ok(netstat(port, "CLOSE_WAIT").some(({ local }) => local[1] === portOf(client)));
  client.close();
  await until(() => ours().some((line) => line.endsWith("TIME_WAIT")));
  assert.deepEqual(ours(), between(ports, psutil(port)));
});

test("IPv6, and IPv4 on a socket of IPv6", async (t) => {
  const both = await createServer(["::", 0], { family: AF_INET6, dualstackIpv6: true });
  t.after(() => both.close());
  const port = portOf(both);
  using four = socket();
  await four.connect(["127.0.0.1", port]);
  using six = socket(AF_INET6);
  await six.connect(["::1", port]);
  const rows = netstat(port).map(essence);
  const [toFour, toSix] = [portOf(four), portOf(six)];
  for (const row of [
    `tcp6 :: ${port} :: 0 LISTEN`,
    `tcp6 ::1 ${port} ::1 ${toSix} ESTABLISHED`,
    `tcp6 ::1 ${toSix} ::1 ${port} ESTABLISHED`,
    `tcp6 ::ffff:127.0.0.1 ${port} ::ffff:127.0.0.1 ${toFour} ESTABLISHED`,
    `tcp 127.0.0.1 ${toFour} 127.0.0.1 ${port} ESTABLISHED`,
  ]) {
    assert.deepEqual(
      rows.filter((other) => other === row),
      [row],
    );
  }
});

test("a socket that the system shows on two pages is one", (t) => {
  const head =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
  const row = (number: number, state: string, inode: number) =>
    `   ${number}: 0100007F:2710 0100007F:C350 ${state} 00000000:00000000 00:00000000 00000000  0  0 ${inode} 1`;
  const table = [head, row(0, "03", 0), row(1, "01", 0), row(2, "01", 7), ""].join("\n");
  t.mock.method(fs, "readFileSync", () => table);
  const rows = fromProcNet(["tcp"]).map(({ state, inode }) => [state, inode]);
  assert.deepEqual(rows, [
    ["ESTABLISHED", 0],
    ["ESTABLISHED", 7],
  ]);
});

test("UDP has a state only where it is connected", async (t) => {
  const [one, other] = [createSocket("udp4"), createSocket("udp4")];
  t.after(() => [one, other].map((sock) => sock.close()));
  one.bind(0, "127.0.0.1");
  await once(one, "listening");
  const { port } = one.address();
  other.connect(port, "127.0.0.1");
  await once(other, "connect");
  const rows = netstat(port).filter(({ proto }) => proto === "udp");
  assert.deepEqual(rows.map(({ state }) => state).sort(), ["", "ESTABLISHED"]);
  const withoutStates = rows.map((row) => essence({ ...row, state: "" }));
  const theirs = psutil(port).filter((line) => line.startsWith("udp"));
  assert.deepEqual(withoutStates.sort(), theirs.sort()); // psutil gives UDP no state
});

test("the queues: octets that nobody has read, connections that nobody has accepted", async (t) => {
  const [listening, port] = await listen(t);
  const clients = [socket(), socket(), socket()];
  t.after(() => clients.map((client) => client.close()));
  for (const client of clients) await client.connect(["127.0.0.1", port]);
  assert.equal(netstat(port, "LISTEN")[0]?.receiveQueue, 3);
  await clients[0].sendall("a message of 24 octets..");
  const own = portOf(clients[0]);
  const unread = () => netstat(own).find(({ local }) => local[1] === port)?.receiveQueue;
  await until(() => unread() === 24);
  const [served] = await listening.accept();
  t.after(() => served.close());
  await served.recv(20);
  assert.equal(unread(), 4);
  assert.equal(netstat(port, "LISTEN")[0]?.receiveQueue, 2);
});

test("the table prints as netstat does, and what is made of it is a plain array", async (t) => {
  const [, port] = await listen(t);
  const table = netstat(port, "LISTEN");
  assert.equal(
    inspect(table),
    "Proto Recv-Q Send-Q Local Address          Foreign Address        State\n" +
      `tcp        0      0 ${`127.0.0.1:${port}`.padEnd(22)} 0.0.0.0:*              LISTEN`,
  );
  assert.equal(`${table}`, inspect(table));
  assert.deepEqual(
    table.map(({ proto }) => proto),
    ["tcp"],
  );
  assert.deepEqual(netstat(port, "ESTABLISHED").length, 0);
  assert.ok(netstat().length >= 1);
});

test("what netstat -an prints on macOS", () => {
  const rows = fromProgram(`Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.10001        *.*                    LISTEN
tcp4       0      3  192.168.1.5.50001      93.184.216.34.443      FIN_WAIT_1
tcp6       0      0  fe80::1%lo0.10002      fe80::1%lo0.50002      SYN_RCVD
tcp46      0      0  *.10003                *.*                    LISTEN
udp4      12      0  *.5353                 *.*
udp6       0      0  ::1.49152              ::1.49153
Active LOCAL (UNIX) domain sockets
Address          Type   Recv-Q Send-Q            Inode             Conn
f00              stream      0      0                0              f01
`);
  assert.deepEqual(rows.map(essence), [
    "tcp 127.0.0.1 10001 0.0.0.0 0 LISTEN",
    "tcp 192.168.1.5 50001 93.184.216.34 443 FIN_WAIT1",
    "tcp6 fe80::1%lo0 10002 fe80::1%lo0 50002 SYN_RECV",
    "tcp6 :: 10003 :: 0 LISTEN",
    "udp 0.0.0.0 5353 0.0.0.0 0 NONE",
    "udp6 ::1 49152 ::1 49153 NONE",
  ]);
  assert.equal(rows[1]?.sendQueue, 3);
  assert.equal(rows[4]?.receiveQueue, 12);
});

test("what netstat -an prints on Linux", () => {
  const rows = fromProgram(`Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp        1      0 0.0.0.0:10002           0.0.0.0:*               LISTEN
tcp6       0      0 :::10002                :::*                    LISTEN
udp        0      0 127.0.0.1:323           0.0.0.0:*
`);
  assert.deepEqual(rows.map(essence), [
    "tcp 0.0.0.0 10002 0.0.0.0 0 LISTEN",
    "tcp6 :: 10002 :: 0 LISTEN",
    "udp 127.0.0.1 323 0.0.0.0 0 NONE",
  ]);
  assert.equal(rows[0]?.receiveQueue, 1);
});
