/** Names to addresses, against Python's `socket.getaddrinfo`. */
import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as system from "../../helpers/posix/system";
import {
  AF_INET,
  AF_INET6,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  createConnection,
  createServer,
  EAI_NONAME,
  getaddrinfo,
  gethostname,
  type InetAddress,
  IPPROTO_TCP,
  IPPROTO_UDP,
  inetAton,
  inetNtoa,
  inetNtop,
  inetPton,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  type SystemError,
  socket,
} from "../../helpers/socket";
import { full, listen } from "./peers/connection";
import { heldLookups, LOOPBACK, type Lookup } from "./peers/held-lookups";
import { Python } from "./peers/python";

for (const [question, ...args] of [
  [`"localhost", 80`, "localhost", 80],
  [`"127.0.0.1", "80"`, "127.0.0.1", "80"],
  [`"127.1", 80`, "127.1", 80],
  [`"::1", 80`, "::1", 80],
  [`None, 80`, null, 80],
  [`"localhost", None`, "localhost", null],
  [`"127.0.0.1", 53, type=socket.SOCK_DGRAM`, "127.0.0.1", 53, { type: SOCK_DGRAM }],
  [`"localhost", 80, socket.AF_INET`, "localhost", 80, { family: AF_INET }],
  [`"127.0.0.1", 80, proto=socket.IPPROTO_TCP`, "127.0.0.1", 80, { proto: IPPROTO_TCP }],
  [
    `"localhost", 80, socket.AF_INET, socket.SOCK_STREAM, 0, socket.AI_CANONNAME`,
    "localhost",
    80,
    { family: AF_INET, type: SOCK_STREAM, flags: AI_CANONNAME },
  ],
  [
    `None, 80, socket.AF_INET, socket.SOCK_STREAM, 0, socket.AI_PASSIVE`,
    null,
    80,
    { family: AF_INET, type: SOCK_STREAM, flags: AI_PASSIVE },
  ],
] as [string, ...Parameters<typeof getaddrinfo>][]) {
  test(`getaddrinfo(${question}) gives what Python's gives`, async (t) => {
    const python = new Python(t);
    const expected = await python.run(`[list(each) for each in socket.getaddrinfo(${question})]`);
    assert.deepEqual(await getaddrinfo(...args), expected);
  });
}

test("names of services", async (t) => {
  const python = new Python(t);
  const source = `
    try:
        port = socket.getservbyname("http", "tcp")
    except OSError:
        port = None
    port
  `;
  const port = await python.run<number | null>(source);
  if (port === null) return t.skip("this system has no file of services");
  assert.equal(port, 80);
  const infos = await getaddrinfo("127.0.0.1", "http", { type: SOCK_STREAM });
  assert.deepEqual(infos, [[AF_INET, SOCK_STREAM, IPPROTO_TCP, "", ["127.0.0.1", 80]]]);
  const domain = await getaddrinfo("127.0.0.1", "domain", { proto: IPPROTO_UDP });
  assert.deepEqual(domain, [[AF_INET, SOCK_DGRAM, IPPROTO_UDP, "", ["127.0.0.1", 53]]]);
});

test("the first three make the socket that the last connects", async (t) => {
  const [listening, port] = await listen(t);
  const streams = (await getaddrinfo("localhost", port)).filter((info) => info[1] === SOCK_STREAM);
  const info = streams[streams.length - 1];
  const sock = socket(...info.slice(0, 3));
  t.after(() => sock.close());
  await sock.connect(info[4]);
  assert.deepEqual((await listening.accept())[1], sock.getsockname());
});

for (const [code, host, port, hints, words] of [
  ["EAI_NONAME", "no-such-host.invalid", 80, {}, /no-such-host\.invalid:80: .*check the spelling/],
  ["EAI_NONAME", "localhost", 80, { flags: AI_NUMERICHOST }, /localhost/],
  ["EAI_NONAME", null, null, {}, /this machine/],
  [
    "EAI_NONAME",
    "127.0.0.1",
    "http",
    { flags: AI_NUMERICSERV },
    /127\.0\.0\.1:http: .*give its number/,
  ],
  [
    "EAI_SERVICE",
    "127.0.0.1",
    "no-such-service",
    {},
    /127\.0\.0\.1:no-such-service: .*give its number/,
  ],
  ["EAI_SOCKTYPE", "127.0.0.1", 80, { type: 77 }, /type of socket/],
  ["EAI_FAMILY", "127.0.0.1", 80, { family: 77 }, /family/],
  ["EAI_BADFLAGS", "127.0.0.1", 80, { flags: 2 ** 29 }, /flags/],
] as const) {
  test(`${code} in words: ${host}, ${port}`, async () => {
    const error = await getaddrinfo(host, port, hints).then(
      () => assert.fail("it was found"),
      (error: SystemError) => error,
    );
    assert.equal(error.code === "EAI_AGAIN" ? "EAI_NONAME" : error.code, code);
    assert.equal(error.syscall, "getaddrinfo");
    assert.ok(error.errno !== 0);
    if (error.code !== "EAI_AGAIN") assert.match(error.message, words);
    assert.doesNotMatch(error.stack ?? "", /errors\.ts/);
  });
}

test("connect, bind and sendto look names up, and give the resolver's error", async (t) => {
  const sock = socket(AF_INET, SOCK_DGRAM);
  t.after(() => sock.close());
  await sock.bind(["localhost", 0]);
  assert.equal(sock.getsockname()[0], "127.0.0.1");
  await sock.connect(["localhost", sock.getsockname()[1]]);
  const unknown = ["no-such-host.invalid", 9] as const;
  for (const call of [() => sock.connect(unknown), () => sock.sendto("x", unknown)]) {
    await assert.rejects(call, { code: /^EAI_(NONAME|AGAIN)$/, address: unknown[0] });
  }
  assert.equal(EAI_NONAME < 0, process.platform === "linux");
});

test("an empty answer of the resolver is an error in words, whoever asked", async (t) => {
  t.mock.method(system, "getaddrinfo", (...[, , , callback]: Lookup) => setImmediate(callback, []));
  const sock = socket(AF_INET, SOCK_DGRAM);
  t.after(() => sock.close());
  const address = ["empty.invalid", 9] as const;
  for (const call of [
    () => getaddrinfo(...address),
    () => createConnection(address),
    () => createServer(address),
    () => sock.bind(address),
    () => sock.connect(address),
    () => sock.sendto("x", address),
  ]) {
    await assert.rejects(call, {
      code: "EAI_NONAME",
      syscall: "getaddrinfo",
      address: "empty.invalid",
      message: /empty\.invalid.*check the spelling/,
    });
  }
});

test("three names are looked up at once, a further one when one of them is back", async (t) => {
  const asked = heldLookups(t);
  const names = () => asked.map(({ host }) => host);
  const controller = new AbortController();
  const aborted = getaddrinfo("none", 1, { signal: controller.signal });
  const hosts = ["one", "two", "three", "four", "five"];
  const lookups = hosts.map((host) =>
    getaddrinfo(host, 1).catch((error: SystemError) => error.code),
  );
  assert.deepEqual(names(), ["none", "one", "two"]);
  // The thread goes on with what nobody awaits any more.
  controller.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  assert.equal(asked.length, 3);
  asked[0].answer();
  assert.deepEqual(names(), ["none", "one", "two", "three"]);
  asked[2].answer();
  assert.deepEqual(names(), ["none", "one", "two", "three", "four"]);
  asked[1].answer();
  asked[3].answer();
  assert.deepEqual(names(), ["none", ...hosts]);
  for (const { answer } of asked.slice(4)) answer();
  assert.deepEqual(
    await Promise.all(lookups),
    hosts.map(() => "EAI_NONAME"),
  );
});

test("a name for which nobody waits any more is not looked up", async (t) => {
  const asked = heldLookups(t);
  const lookups = ["one", "two", "three"].map((host) => getaddrinfo(host, 1).catch(() => {}));
  await assert.rejects(getaddrinfo("impatient", 1, { timeout: 0.001 }), {
    code: "ETIMEDOUT",
    message: /impatient: timed out after 0\.001 s$/,
  });
  for (const { answer } of asked) answer();
  await Promise.all(lookups);
  assert.deepEqual(
    asked.map(({ host }) => host),
    ["one", "two", "three"],
  );
});

test("a look-up that the system does not take fails alone, and keeps no place from others", async (t) => {
  const answers: (() => void)[] = [];
  t.mock.method(system, "getaddrinfo", (...[host, , , callback]: Lookup) => {
    if (host === "refused") throw new TypeError("refused");
    answers.push(() => callback({ error: EAI_NONAME, failure: 0 }));
  });
  for (let each = 0; each < 3; each++) await assert.rejects(getaddrinfo("refused", 1), /refused/);
  const lookups = ["one", "two", "three", "refused", "four"].map((host) =>
    getaddrinfo(host, 1).catch((error: Error) => error.name),
  );
  assert.equal(answers.length, 3);
  answers[0]();
  assert.equal(await lookups[3], "TypeError");
  assert.equal(answers.length, 4);
  for (const answer of answers.slice(1)) answer();
  await Promise.all(lookups);
});

for (const [call, type, begin] of [
  ["connect", SOCK_STREAM, (sock, address) => sock.connect(address, { timeout: 5 })],
  ["sendto", SOCK_DGRAM, (sock, address) => sock.sendto("x", address, { timeout: 5 })],
] as [string, number, (sock: Socket, address: InetAddress) => Promise<unknown>][]) {
  test(`${call} has what is left of its time after a slow lookup, and says all of it`, async (t) => {
    const [, port] = await full(t);
    const sock = socket(AF_INET, type);
    t.after(() => sock.close());
    t.mock.method(system, "sendto", () => system.AGAIN);
    const asked = heldLookups(t);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let clock = 1000;
    t.mock.method(performance, "now", () => clock);
    const outcome = begin(sock, ["slow", port]).then(
      () => "done",
      (error: SystemError) => error.message,
    );
    const soon = () => Promise.race([outcome, nextTurn("waits")]);
    clock += 4000;
    asked[0].answer(LOOPBACK);
    assert.equal(await soon(), "waits");
    t.mock.timers.tick(999);
    assert.equal(await soon(), "waits");
    t.mock.timers.tick(1);
    assert.match(await soon(), new RegExp(`^${call} ETIMEDOUT .*: timed out after 5 s$`));
  });
}

test("a lookup leaves the event loop free, and may be aborted or time out", async () => {
  let turns = 0;
  const ticking = setInterval(() => turns++, 1);
  const names = Array.from({ length: 40 }, (_, i) => `no-such-host-${i}.invalid`);
  const lookups = names.map((name) =>
    getaddrinfo(name, 1).catch((error: SystemError) => error.code),
  );
  const aborted = getaddrinfo("localhost", 1, { signal: AbortSignal.timeout(1) });
  await assert.rejects(
    aborted.then(() => Promise.reject(new DOMException("faster", "TimeoutError"))),
    { name: "TimeoutError" },
  );
  for (const code of await Promise.all(lookups)) assert.match(String(code), /^EAI_/);
  clearInterval(ticking);
  assert.ok(turns > 0);
  await assert.rejects(getaddrinfo("localhost", 1, { signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
});

test("names in other scripts go out in ASCII", async () => {
  await assert.rejects(getaddrinfo("bücher.invalid", 1), { code: /^EAI_(NONAME|AGAIN)$/ });
  await assert.rejects(getaddrinfo("local\0host", 1), TypeError);
});

test("gethostname is the name of this machine", async (t) => {
  assert.equal(gethostname(), hostname());
  assert.equal(gethostname(), await new Python(t).run("socket.gethostname()"));
});

test("numeric addresses to octets and back, as in Python", async (t) => {
  const python = new Python(t);
  const texts = [
    "127.0.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "127.1",
    "0x7f.1",
    "2130706433",
    "010.1",
  ];
  assert.deepEqual(
    texts.map((text) => [...inetAton(text)]),
    await python.run(`[list(socket.inet_aton(each)) for each in ${JSON.stringify(texts)}]`),
  );
  const six = ["::", "::1", "fe80::1", "2001:db8:0:0:1:0:0:1", "::ffff:192.0.2.1"];
  assert.deepEqual(
    six.map((text) => inetNtop(AF_INET6, inetPton(AF_INET6, text))),
    await python.run(
      `[socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, each)) for each in ${JSON.stringify(six)}]`,
    ),
  );
  assert.equal(inetNtoa(inetAton("10.1.2.3")), "10.1.2.3");
  assert.equal(inetNtop(AF_INET, inetPton(AF_INET, "10.1.2.3")), "10.1.2.3");
  for (const none of ["", "256.1.1.1", "1.2.3.4.5", "localhost", "127.0.0.1 x"]) {
    assert.throws(() => inetAton(none), {
      name: "RangeError",
      message: /is not a numeric address/,
    });
  }
  assert.throws(() => inetPton(AF_INET, "127.1"), RangeError);
  assert.throws(() => inetPton(AF_INET6, "127.0.0.1"), RangeError);
  assert.throws(() => inetNtoa(new Uint8Array(5)), RangeError);
  // @ts-expect-error Only these two families have such addresses.
  assert.throws(() => inetNtop(1, new Uint8Array(4)), RangeError);
});
