/** What goes wrong, and in which form: the errors of the system and the properties that a program looks at. */
import assert from "node:assert/strict";
import { constants } from "node:os";
import { type TestContext, test } from "node:test";
import { resolverError } from "../../helpers/posix/system-error";
import {
  AF_INET,
  EAI_AGAIN,
  IPPROTO_UDP,
  SHUT_WR,
  SO_ERROR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
} from "../../helpers/socket";
import { connection, listen, portOf } from "./peers/connection";
import { failure } from "./peers/failure";
import { Python } from "./peers/python";

/** A bound port where nobody listens. */
async function deaf(t: TestContext): Promise<number> {
  const sock = socket();
  t.after(() => sock.close());
  await sock.bind(["127.0.0.1", 0]);
  return portOf(sock);
}

test("an error has Node's properties, the system's words, advice, and the caller's frame", async (t) => {
  const port = await deaf(t);
  const sock = socket();
  t.after(() => sock.close());
  const connecting = async () => await sock.connect(["127.0.0.1", port]);
  const error = await failure(connecting());
  const { code, errno, syscall, address } = error;
  assert.deepEqual(
    { code, errno, syscall, address, port: error.port },
    {
      code: "ECONNREFUSED",
      errno: -constants.errno.ECONNREFUSED,
      syscall: "connect",
      address: "127.0.0.1",
      port,
    },
  );
  assert.match(
    error.message,
    /^connect ECONNREFUSED 127\.0\.0\.1:\d+: Connection refused\. .*start the server first/,
  );
  assert.match(error.stack ?? "", /at connecting .*errors\.test\.ts/);
  assert.doesNotMatch(error.stack ?? "", /errors\.ts/);
});

test("an error that comes while a call waits has the caller's frame too", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  const waiting = async () => await sock.recv(1);
  const [error] = await Promise.all([
    failure(waiting()),
    python.run(`
      peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
      peer.close()
    `),
  ]);
  assert.equal(error.code, "ECONNRESET");
  assert.match(error.stack ?? "", /async waiting .*errors\.test\.ts/);
});

test("calls in the wrong state say what to do", async (t) => {
  const [listening] = await listen(t);
  const sock = socket();
  t.after(() => sock.close());
  assert.match((await failure(sock.recv(1))).message, /^recv ENOTCONN: .*Connect the socket first/);
  assert.match(
    (await failure(sock.accept())).message,
    /^accept EINVAL: .*call bind and listen first/,
  );
  assert.match(
    (await failure(listening.bind(["127.0.0.1", 0]))).message,
    /bind EINVAL 127.0.0.1:0: .*already/,
  );
  assert.throws(() => sock.shutdown(0), { code: "ENOTCONN", syscall: "shutdown" });
  assert.throws(() => sock.getsockopt(12345, 1), { code: "EOPNOTSUPP" });
  assert.throws(() => sock.getsockopt(SOL_SOCKET, 12345), { code: "ENOPROTOOPT" });
  assert.throws(() => sock.setsockopt(SOL_SOCKET, SO_ERROR, 1), { code: "ENOPROTOOPT" });
  assert.throws(() => socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), {
    code: "EPROTONOSUPPORT",
    syscall: "socket",
  });
  assert.throws(() => socket(12345), { code: "EAFNOSUPPORT" });
  assert.match(
    (await failure(sock.bind(["192.0.2.1", 0]))).message,
    /EADDRNOTAVAIL 192\.0\.2\.1:0: .*no such address/,
  );
});

test("the advice may be a question", () => {
  const { message } = resolverError({ error: EAI_AGAIN, failure: 0 }, "example.org", 80);
  assert.match(message, /is there a network\?$/);
});

test("a connection that is over is not connected, as one that never was", async (t) => {
  const python = new Python(t);
  const reset = await connection(t, python);
  await python.run(`
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
  `);
  await failure(reset.recv(1));
  const over = {
    code: "ENOTCONN",
    message: /\. The connection is over since recv has failed with ECONNRESET\.$/,
  };
  assert.throws(() => reset.getpeername(), over);
  assert.throws(() => reset.shutdown(SHUT_WR), over);
});

test("the commonest cause is named first", async (t) => {
  const sock = socket();
  t.after(() => sock.close());
  assert.match((await failure(sock.send("to nobody"))).message, /^send EPIPE: .*never connected/);
  const datagrams = socket(AF_INET, SOCK_DGRAM);
  t.after(() => datagrams.close());
  const error = await failure(datagrams.sendto("to all", ["127.255.255.255", 9]));
  assert.match(error.message, /^sendto EACCES 127\.255\.255\.255:9: .*SO_BROADCAST/);
  assert.match((await failure(sock.recv(1, 0, { timeout: 0.3 - 0.1 }))).message, /ENOTCONN/);
  const [listening] = await listen(t);
  assert.match(
    (await failure(listening.accept({ timeout: 0.3 - 0.1 }))).message,
    /timed out after 0\.2 s$/,
  );
});

test("the timeout and the closed socket say so", async (t) => {
  const python = new Python(t);
  const sock = await connection(t, python);
  sock.settimeout(0.05);
  assert.equal(sock.gettimeout(), 0.05);
  assert.equal((await failure(sock.recv(1))).message, "recv ETIMEDOUT: timed out after 0.05 s");
  assert.equal((await failure(sock.recv(1, 0, { timeout: 0 }))).code, "EAGAIN");
  sock.settimeout(null);
  assert.equal(sock.gettimeout(), null);
  sock.setblocking(false);
  assert.equal(sock.gettimeout(), 0);
  assert.match(
    (await failure(sock.recv(1))).message,
    /^recv EAGAIN: Resource temporarily unavailable/,
  );
  sock.setblocking(true);
  const waiting = failure(sock.recv(1));
  sock.close();
  assert.equal((await waiting).message, "recv EBADF: it was closed while the call waited");
  assert.equal((await failure(sock.recv(1))).message, "recv EBADF: the socket is closed");
  assert.equal((await failure(sock.recv(1))).errno, -constants.errno.EBADF);
});
