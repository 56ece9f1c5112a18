/** Socket options, against the values that Python's `socket` reads and writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { netstat } from "../../helpers/netstat";
import {
  AF_INET,
  Bytes,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_TCP,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_SNDTIMEO,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
  TCP_MAXSEG,
  TCP_NODELAY,
} from "../../helpers/socket";
import { listen } from "./peers/connection";
import { Python } from "./peers/python";
import { until } from "./peers/until";

test("integers", async (t) => {
  const sock = socket();
  t.after(() => sock.close());
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_ERROR), 0);
  for (const [level, option] of [
    [SOL_SOCKET, SO_REUSEADDR],
    [SOL_SOCKET, SO_KEEPALIVE],
    [IPPROTO_TCP, TCP_NODELAY],
  ]) {
    assert.equal(sock.getsockopt(level, option), 0);
    sock.setsockopt(level, option, 1);
    assert.notEqual(sock.getsockopt(level, option), 0);
  }
  sock.setsockopt(IPPROTO_IP, IP_TTL, 17);
  const python = new Python(t);
  const [ttl, size, segment] = await python.run<number[]>(`
    sock = socket.socket()
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 17)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000)
    [
        sock.getsockopt(socket.IPPROTO_IP, socket.IP_TTL),
        sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF),
        sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG),
    ]
  `);
  sock.setsockopt(SOL_SOCKET, SO_RCVBUF, 20000);
  assert.deepEqual(
    [
      sock.getsockopt(IPPROTO_IP, IP_TTL),
      sock.getsockopt(SOL_SOCKET, SO_RCVBUF),
      sock.getsockopt(IPPROTO_TCP, TCP_MAXSEG),
    ],
    [ttl, size, segment],
  );
});

test("structures: SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO", async (t) => {
  const sock = socket();
  t.after(() => sock.close());
  assert.deepEqual(sock.getsockopt(SOL_SOCKET, SO_LINGER), { l_onoff: 0, l_linger: 0 });
  sock.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 7 });
  assert.deepEqual(sock.getsockopt(SOL_SOCKET, SO_LINGER), { l_onoff: 1, l_linger: 7 });
  for (const option of [SO_RCVTIMEO, SO_SNDTIMEO] as const) {
    sock.setsockopt(SOL_SOCKET, option, { tv_sec: 2, tv_usec: 500_000 });
    assert.deepEqual(sock.getsockopt(SOL_SOCKET, option), { tv_sec: 2, tv_usec: 500_000 });
  }
  const python = new Python(t);
  const packed = await python.run<number[][]>(`
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 7))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 2, 500_000))
    [
        list(sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)),
        list(sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16)),
    ]
  `);
  const octets = [
    sock.getsockopt(SOL_SOCKET, SO_LINGER, 8),
    sock.getsockopt(SOL_SOCKET, SO_RCVTIMEO, 16),
  ];
  assert.ok(octets.every((each) => each instanceof Bytes));
  assert.deepEqual(
    octets.map((each) => [...each]),
    packed,
  );
  sock.setsockopt(SOL_SOCKET, SO_LINGER, Bytes.of(1, 0, 0, 0, 3, 0, 0, 0));
  assert.deepEqual(sock.getsockopt(SOL_SOCKET, SO_LINGER), { l_onoff: 1, l_linger: 3 });
});

test("octets, no more than there are", (t) => {
  const sock = socket(AF_INET);
  t.after(() => sock.close());
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_TYPE, 100).length, 4);
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_TYPE, 2).length, 2);
});

test("SO_LINGER of no time has close break the connection off", async (t) => {
  const [listening] = await listen(t);
  const python = new Python(t);
  await python.run(`peer = socket.create_connection(("127.0.0.1", ${listening.getsockname()[1]}))`);
  const [conn] = await listening.accept();
  conn.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
  conn.close();
  const seen = await python.run(`
    try:
        seen = peer.recv(1).decode()
    except ConnectionResetError as error:
        seen = type(error).__name__
    seen
  `);
  assert.equal(seen, "ConnectionResetError");
});

test("what accept gives has the options of the listening socket, those of waiting too", async (t) => {
  const [listening, port] = await listen(t);
  listening.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 0, tv_usec: 100_000 });
  await assert.rejects(listening.accept(), { code: "EAGAIN" });
  const client = socket();
  t.after(() => client.close());
  await client.connect(["127.0.0.1", port]);
  const [conn] = await listening.accept();
  t.after(() => conn.close());
  assert.deepEqual(conn.getsockopt(SOL_SOCKET, SO_RCVTIMEO), { tv_sec: 0, tv_usec: 100_000 });
  await assert.rejects(conn.recv(1), { code: "EAGAIN" });
});

test("what accept gives has the time for sending too, and the least that a call receives", {
  timeout: 60_000,
}, async (t) => {
  const [listening, port] = await listen(t);
  listening.setsockopt(SOL_SOCKET, SO_SNDTIMEO, { tv_sec: 0, tv_usec: 100_000 });
  listening.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 3);
  const client = socket();
  t.after(() => client.close());
  await client.connect(["127.0.0.1", port]);
  const [conn] = await listening.accept();
  t.after(() => conn.close());
  assert.deepEqual(conn.getsockopt(SOL_SOCKET, SO_SNDTIMEO), { tv_sec: 0, tv_usec: 100_000 });
  await client.sendall("1");
  await until(() => netstat(port, "ESTABLISHED").some(({ receiveQueue }) => receiveQueue === 1));
  const received = conn.recv(100);
  await nextTurn();
  // Linux wakes nobody for less than the least, also where a part of that has been taken before.
  await client.sendall("234");
  assert.equal((await received).decode(), "1234");
  const size = 2 ** 24;
  const taken = await conn.send(new Uint8Array(size));
  assert.ok(taken < size, `${taken} octets`);
});
