/** IPv6, and its addresses with a scope. A system without IPv6 is told by the first test. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { type TestContext, test } from "node:test";
import {
  AF_INET,
  AF_INET6,
  createServer,
  getaddrinfo,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SOCK_DGRAM,
  SOCK_STREAM,
  socket,
} from "../../helpers/socket";
import { portOf } from "./peers/connection";
import { Python } from "./peers/python";

const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
const ipv6 = interfaces.some(({ address }) => address === "::1");
const without = { skip: ipv6 ? false : "this system has no IPv6" };

test("a connection to Python by IPv6: addresses have four parts", without, async (t) => {
  const listening = socket(AF_INET6);
  t.after(() => listening.close());
  await listening.bind(["::1", 0]);
  listening.listen();
  const [, port] = listening.getsockname();
  assert.deepEqual(listening.getsockname(), ["::1", port, 0, 0]);
  const python = new Python(t);
  const name = await python.run(`
    peer = socket.create_connection(("::1", ${port}))
    peer.sendall(b"six")
    list(peer.getsockname())
  `);
  const [conn, address] = await listening.accept();
  t.after(() => conn.close());
  assert.deepEqual(address, name);
  assert.equal((await conn.recv(100)).decode(), "six");
  await assert.rejects(conn.connect(["::1", port, 0, 0]), { code: "EISCONN", message: /\[::1\]:/ });
});

test("datagrams by IPv6, to an address of two parts and of four", without, async (t) => {
  const sock = socket(AF_INET6, SOCK_DGRAM);
  t.after(() => sock.close());
  await sock.bind(["", 0]);
  assert.deepEqual(sock.getsockname(), ["::", portOf(sock), 0, 0]);
  await sock.sendto("two", ["::1", portOf(sock)]);
  await sock.sendto("four", ["::1", portOf(sock), 0, 0]);
  const [data, from] = await sock.recvfrom(100);
  assert.equal(data.decode(), "two");
  assert.deepEqual(from, ["::1", portOf(sock), 0, 0]);
  assert.equal((await sock.recv(100)).decode(), "four");
});

/** A link-local address of this machine: host, number and name of its interface. */
function linkLocal(t: TestContext): [host: string, scopeid: number, device: string] | undefined {
  for (const [device, addresses] of Object.entries(networkInterfaces())) {
    const found = addresses?.find(({ address }) => address.startsWith("fe80:"));
    if (found?.family === "IPv6" && found.scopeid) return [found.address, found.scopeid, device];
  }
  t.skip("no interface has a link-local address");
}

test(
  "a link-local address needs its scope: by name in the host, by number, and in what is given",
  without,
  async (t) => {
    const found = linkLocal(t);
    if (!found) return;
    const [host, scopeid, device] = found;
    const sock = socket(AF_INET6, SOCK_DGRAM);
    t.after(() => sock.close());
    await assert.rejects(sock.bind([host, 0]), { code: "EINVAL" });
    await sock.bind([`${host}%${device}`, 0]);
    const address = sock.getsockname();
    assert.deepEqual(address, [host, portOf(sock), 0, scopeid]);
    assert.match(String(sock), new RegExp(`\\[${host}%${scopeid}\\]:${portOf(sock)}`));
    const second = socket(AF_INET6, SOCK_DGRAM);
    t.after(() => second.close());
    await second.bind([host, 0, 0, scopeid]);
    const [info] = await getaddrinfo(`${host}%${device}`, portOf(sock), { type: SOCK_DGRAM });
    assert.deepEqual(info[4], address);
    await second.sendto("scoped", info[4]);
    const [data, from] = await sock.recvfrom(100);
    assert.equal(data.decode(), "scoped");
    assert.deepEqual(from, second.getsockname());
  },
);

test("a server of two families takes IPv4 too, one of IPv6 alone does not", without, async (t) => {
  const python = new Python(t);
  for (const dualstackIpv6 of [true, false]) {
    const listening = await createServer(["", 0], { family: AF_INET6, dualstackIpv6 });
    t.after(() => listening.close());
    assert.equal(listening.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), dualstackIpv6 ? 0 : 1);
    const connected = await python.run(`
      try:
          peer = socket.create_connection(("127.0.0.1", ${portOf(listening)}))
          seen = "connected"
      except ConnectionRefusedError:
          seen = "refused"
      seen
    `);
    assert.equal(connected, dualstackIpv6 ? "connected" : "refused");
    if (dualstackIpv6) assert.match((await listening.accept())[1][0], /^::ffff:127\.0\.0\.1$/);
  }
});

test("an address of the wrong family is not taken for a name", async (t) => {
  const four = socket(AF_INET, SOCK_STREAM);
  t.after(() => four.close());
  await assert.rejects(four.connect(["::1", 9]), { code: /^EAI_(ADDRFAMILY|NONAME)$/ });
  // @ts-expect-error An IPv4 address has two parts.
  await assert.rejects(four.connect(["127.0.0.1", 9, 0, 0, 0]), TypeError);
});
