/** What an error advises, word by word, where an address is none, or nobody is there. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { resolverError } from "../../helpers/posix/system-error";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createConnection,
  createServer,
  EAI_AGAIN,
  EAI_NONAME,
  getaddrinfo,
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  inetAton,
  SO_BROADCAST,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_SOCKET,
} from "../../helpers/socket";
import { fresh, listen, portOf } from "./peers/connection";
import { failure, words } from "./peers/failure";
import { folder } from "./peers/folder";
import { freePort } from "./peers/free-port";
import { without } from "./peers/ipv6";
import { run } from "./peers/program";

const linux = process.platform === "linux";
const onlyLinux = { skip: linux ? false : "macOS has other errors for some of these" };

const INVALID = "Invalid argument.";
const REFUSED = "Connection refused.";
const UNAVAILABLE = "Cannot assign requested address.";

test("a host and a port as Node's functions take them", async (t) => {
  const [, port] = await listen(t);
  const [sock, six] = [fresh(t), fresh(t, AF_INET6)];
  const nodes = (call: unknown, ...args: unknown[]) =>
    (call as (...all: unknown[]) => unknown)(...args);
  const must = "the address must be [host, port], not";
  const connecting = sock.connect.bind(sock);
  for (const [call, args, expected] of [
    [connecting, ["127.0.0.1", port], `a string: write ["127.0.0.1", port]`],
    [connecting, [`127.0.0.1:${port}`], `a string: write ["127.0.0.1", ${port}]`],
    [connecting, [port, "127.0.0.1"], `the number ${port}: write ["localhost", ${port}]`],
    [connecting, [{ host: "127.0.0.1", port }], "an object"],
    [sock.bind.bind(sock), ["127.0.0.1", 0], `a string: write ["127.0.0.1", port]`],
    [createConnection, [port, "127.0.0.1"], `the number ${port}: write ["localhost", ${port}]`],
    [createConnection, ["[::1]:80"], `a string: write ["::1", 80]`],
    [createServer, [8080], `the number 8080: write ["localhost", 8080]`],
  ] as const) {
    const error = await failure(async () => nodes(call, ...args));
    assert.deepEqual([error.name, error.message], ["TypeError", `${must} ${expected}`]);
  }
  assert.equal(
    await words(async () => nodes(six.connect.bind(six), "::1", port)),
    `the address must be [host, port, flowinfo?, scopeid?], not a string: write ["::1", port]`,
  );
});

test("port 0 is no server's", onlyLinux, async (t) => {
  const advice =
    "No server has port 0, by which bind asks for a free one: take the one that getsockname gives.";
  assert.equal(
    await words(fresh(t).connect(["127.0.0.1", 0])),
    `connect ECONNREFUSED 127.0.0.1:0: ${REFUSED} ${advice}`,
  );
  assert.equal(
    await words(createConnection(["127.0.0.1", 0])),
    `no connection to 127.0.0.1:0: connect ECONNREFUSED 127.0.0.1:0: ${REFUSED} ${advice}`,
  );
});

test("the empty host leads to this machine", onlyLinux, async (t) => {
  for (const [host, called] of [
    ["", "the empty host"],
    ["0.0.0.0", "0.0.0.0"],
  ]) {
    assert.equal(
      await words(fresh(t).connect([host, 1])),
      `connect ECONNREFUSED ${host}:1: ${REFUSED} To connect to ${called} is to connect to this machine, and nothing listens at that port of it: start the server first, or name its host.`,
    );
  }
  const [listening, port] = await listen(t);
  const sock = fresh(t);
  await sock.connect(["", port]);
  await listening.accept();
  assert.equal(sock.getpeername()[0], "127.0.0.1");
});

test("a numeric address of the other family", async (t) => {
  const six = "That is an address of IPv6: take AF_INET6 for it.";
  const four = "That is an address of IPv4: take AF_INET for it.";
  for (const [call, host, advice] of [
    [() => fresh(t).connect(["::1", 80]), "::1", six],
    [() => fresh(t).bind(["::1", 0]), "::1", six],
    [() => createServer(["::1", 0]), "::1", six],
    [() => fresh(t, AF_INET6).connect(["127.0.0.1", 80]), "127.0.0.1", four],
    [() => getaddrinfo("127.0.0.1", null, { family: AF_INET6 }), "127.0.0.1", four],
  ] as const) {
    const { message } = await failure(call);
    assert.match(message, /^getaddrinfo EAI_\w+ /);
    assert.equal(
      message.replace(/^getaddrinfo EAI_\w+ /, "").replace(/: [^.]*\. /, ": "),
      `${host}: ${advice}`,
    );
  }
});

test("a URL, a port and more in the place of a host", async (t) => {
  const name = (host: string) => `A host is a name alone, not a URL: "${host}".`;
  for (const [host, advice] of [
    ["http://example.invalid", name("example.invalid")],
    ["https://me@example.invalid:8443/path?q", name("example.invalid")],
    ["localhost:8080", `The port stands beside the host: ["localhost", 8080].`],
    ["[::1]:8080", `The port stands beside the host: ["::1", 8080].`],
    ["[::1]", `An address of IPv6 stands without brackets: "::1".`],
    ["example.invalid/path", "A host is a name alone, without a path or a space."],
    ["local host", "A host is a name alone, without a path or a space."],
  ]) {
    // Without a network, the resolver says that no name server has answered.
    for (const error of [EAI_NONAME, EAI_AGAIN]) {
      const { message } = resolverError({ error, failure: 0 }, host, null);
      assert.ok(message.endsWith(`. ${advice}`), message);
    }
  }
  const { code, message } = await failure(fresh(t).connect(["http://example.invalid", 80]));
  assert.match(code, /^EAI_/);
  assert.ok(message.endsWith(`. ${name("example.invalid")}`), message);
  assert.ok(
    (await words(createConnection(["", 80]))).endsWith(
      "The empty host is no name: null stands for this machine.",
    ),
  );
});

test("a host and its port are written in one form", async () => {
  const { message } = resolverError({ error: EAI_NONAME, failure: 0 }, "nobody.invalid", 80);
  assert.match(message, /^getaddrinfo EAI_NONAME nobody\.invalid:80: /);
});

test("broadcast addresses", onlyLinux, async (t) => {
  const datagrams = () => fresh(t, AF_INET, SOCK_DGRAM);
  const set = "Permission denied. That is a broadcast address: set SO_BROADCAST first.";
  for (const host of ["127.255.255.255", "255.255.255.255", "<broadcast>"]) {
    assert.equal(
      await words(datagrams().sendto("x", [host, 9])),
      `sendto EACCES ${host}:9: ${set}`,
    );
    assert.equal(await words(datagrams().connect([host, 9])), `connect EACCES ${host}:9: ${set}`);
  }
  const allowed = datagrams();
  allowed.setsockopt(SOL_SOCKET, SO_BROADCAST, 1);
  assert.equal(await allowed.sendto("x", ["127.255.255.255", 9]), 1);
});

test("TCP to an address that stands for many", onlyLinux, async (t) => {
  for (const host of ["127.255.255.255", "224.0.0.1"]) {
    assert.equal(
      await words(fresh(t).connect([host, 9])),
      `connect ENETUNREACH ${host}:9: Network is unreachable. TCP connects two sides, and that address stands for many: take a socket of SOCK_DGRAM.`,
    );
  }
});

test("multicast groups", onlyLinux, async (t) => {
  const sock = fresh(t, AF_INET, SOCK_DGRAM);
  const group = (host: string) => Buffer.concat([inetAton(host), inetAton("127.0.0.1")]);
  const join = (host = "224.1.1.1") => sock.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, group(host));
  const leave = () => sock.setsockopt(IPPROTO_IP, IP_DROP_MEMBERSHIP, group("224.1.1.1"));
  assert.equal(
    await words(leave),
    `setsockopt EADDRNOTAVAIL: ${UNAVAILABLE} The socket is not a member of that group.`,
  );
  join();
  assert.equal(
    await words(() => join()),
    "setsockopt EADDRINUSE: Address already in use. The socket is a member of that group already.",
  );
  assert.equal(
    await words(() => join("10.0.0.1")),
    `setsockopt EINVAL: ${INVALID} The value is not one that the option takes.`,
  );
  leave();
});

test("the four parts of a connection that exists already", onlyLinux, async (t) => {
  const [, port] = await listen(t);
  const [one, two] = [fresh(t), fresh(t)];
  for (const sock of [one, two]) sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await one.bind(["127.0.0.1", 0]);
  await two.bind(one.getsockname());
  await one.connect(["127.0.0.1", port]);
  assert.equal(
    await words(two.connect(["127.0.0.1", port])),
    `connect EADDRNOTAVAIL 127.0.0.1:${port}: ${UNAVAILABLE} A connection from 127.0.0.1:${portOf(one)} to there exists already, or has ended less than a minute ago: bind another port.`,
  );
});

test("an address that this machine has not, and no port left", onlyLinux, async (t) => {
  assert.equal(
    await words(fresh(t).bind(["192.0.2.1", 0])),
    `bind EADDRNOTAVAIL 192.0.2.1:0: ${UNAVAILABLE} This machine has no such address.`,
  );
  const [, port] = await listen(t);
  const [one, two, chosen] = [fresh(t), fresh(t), fresh(t)];
  // One of those that the system gives.
  await chosen.bind(["127.0.0.1", 0]);
  const only = portOf(chosen);
  chosen.close();
  for (const sock of [one, two]) {
    try {
      // ip(7): IP_LOCAL_PORT_RANGE, the least in the lower 16 bits, the most in the upper ones.
      sock.setsockopt(IPPROTO_IP, 51, Buffer.from(Uint32Array.of(only | (only << 16)).buffer));
    } catch {
      return t.skip("this system has no IP_LOCAL_PORT_RANGE");
    }
  }
  await one.connect(["127.0.0.1", port]);
  assert.equal(
    await words(two.connect(["127.0.0.1", port])),
    `connect EADDRNOTAVAIL 127.0.0.1:${port}: ${UNAVAILABLE} This machine has no address to reach that one from, or no free port left for a connection to it.`,
  );
});

test("a datagram that nobody receives", onlyLinux, async (t) => {
  const port = await freePort();
  const nobody = `${REFUSED} Nobody receives at 127.0.0.1:${port}: start the other side first, or check the address.`;
  const sock = fresh(t, AF_INET, SOCK_DGRAM);
  await sock.connect(["127.0.0.1", port]);
  await sock.send("x");
  assert.equal(await words(sock.recv(1)), `recv ECONNREFUSED: ${nobody}`);
  await sock.send("x");
  assert.equal(await words(sock.recvfrom(1)), `recvfrom ECONNREFUSED: ${nobody}`);
  await sock.send("x");
  assert.equal(await words(sock.send("x")), `send ECONNREFUSED: ${nobody}`);

  const path = join(folder(t), "peer");
  const [peer, unix] = [fresh(t, AF_UNIX, SOCK_DGRAM), fresh(t, AF_UNIX, SOCK_DGRAM)];
  await peer.bind(path);
  await unix.connect(path);
  peer.close();
  assert.equal(
    await words(unix.send("x")),
    `send ECONNREFUSED: ${REFUSED} Nobody receives where this socket is connected to: start the other side first, or check the address.`,
  );
  assert.equal(
    await words(unix.sendto("x", path)),
    `sendto ECONNREFUSED ${path}: ${REFUSED} No program has that path any more: start the server again, which has to delete the file first.`,
  );
  const no =
    "No such file or directory. No socket has that path: start the server first, or check the path.";
  assert.equal(await words(unix.sendto("x", `${path}2`)), `sendto ENOENT ${path}2: ${no}`);
});

test("a link-local address without its scope, and IPv4 where only IPv6 is", without, async (t) => {
  const scope =
    "A link-local address needs the number of its interface as scope: [host, port, 0, scopeid].";
  for (const call of ["bind", "connect"] as const) {
    assert.equal(
      await words(fresh(t, AF_INET6)[call](["fe80::1", 80])),
      `${call} EINVAL [fe80::1]:80: ${INVALID} ${scope}`,
    );
  }
  const six = fresh(t, AF_INET6);
  six.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  assert.equal(
    await words(six.connect(["::ffff:127.0.0.1", 80])),
    "connect ENETUNREACH [::ffff:127.0.0.1]:80: Network is unreachable. That is an address of IPv4, and the socket has set IPV6_V6ONLY.",
  );
});

test("a group that no way leads to, in a network without a way", onlyLinux, (t) => {
  const source = `
    const { AF_INET, SOCK_DGRAM, socket } = sockets;
    for (const host of args) await failed(() => socket(AF_INET, SOCK_DGRAM).sendto("x", [host, 9]));`;
  const hosts = ["224.1.1.1", "192.0.2.1"];
  const { status, lines, stderr } = run(source, hosts, ["unshare", "-rn"]);
  if (status !== 0) return t.skip(`no network of its own: ${stderr.trim().split("\n")[0]}`);
  const unreachable = "Network is unreachable. No way leads to that";
  assert.deepEqual(lines, [
    `sendto ENETUNREACH 224.1.1.1:9: ${unreachable} group: name an interface by IP_MULTICAST_IF.`,
    `sendto ENETUNREACH 192.0.2.1:9: ${unreachable} network.`,
  ]);
});
