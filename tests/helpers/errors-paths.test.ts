/** What an error says of the path of a Unix-domain socket: who has it, or that nobody has. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, socket } from "../../helpers/socket";
import { fresh } from "./peers/connection";
import { failure, words } from "./peers/failure";
import { folder } from "./peers/folder";
import { Python } from "./peers/python";

const linux = process.platform === "linux";
const onlyLinux = { skip: linux ? false : "macOS has other errors for some of these" };

const INVALID = "Invalid argument.";
const UNSUPPORTED = "Operation not supported.";
const REFUSED = "Connection refused.";
const IN_USE = "Address already in use.";

test("a datagram socket's address in use, and a path", async (t) => {
  const python = new Python(t);
  const [port, pid] = await python.run<number[]>(`
    peer = socket.socket(type=socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    [peer.getsockname()[1], os.getpid()]
  `);
  const sock = socket(AF_INET, SOCK_DGRAM);
  t.after(() => sock.close());
  assert.match(
    (await failure(sock.bind(["127.0.0.1", port]))).message,
    new RegExp(`Process ${pid} `),
  );

  const folder = mkdtempSync(join(tmpdir(), "helpers-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "held");
  await python.run(`
    held = socket.socket(socket.AF_UNIX)
    held.bind(${JSON.stringify(path)})
    held.listen()
  `);
  const unix = socket(AF_UNIX);
  t.after(() => unix.close());
  assert.match((await failure(unix.bind(path))).message, new RegExp(`Process ${pid} `));
  await python.run("held.close()");
  const left = await failure(unix.bind(path));
  assert.equal(left.address, path);
  assert.match(left.message, /if an earlier one has left the file, delete it and bind again/);
  writeFileSync(join(folder, "plain"), "");
  assert.match(
    (await failure(unix.bind(join(folder, "plain")))).message,
    /a file of this name, which is no socket: choose another one/,
  );
});

test("a path of any characters has the running server that holds it", onlyLinux, async (t) => {
  const python = new Python(t);
  const inside = folder(t);
  const [pid, name] = await python.run<[number, string]>(
    `[os.getpid(), open("/proc/self/comm").read().strip()]`,
  );
  const names = ["a socket", "größe 🙂", " a  b ", "(x)+[y].*$", "two\nlines", "back\\slash"];
  for (const [at, path] of [...names.map((each) => join(inside, each)), "\0no file\0"].entries()) {
    await python.run(`
      held${at} = socket.socket(socket.AF_UNIX)
      held${at}.bind(${JSON.stringify(path)})
      held${at}.listen()
    `);
    const unix = socket(AF_UNIX);
    t.after(() => unix.close());
    assert.equal(
      await words(unix.bind(path)),
      `bind EADDRINUSE ${path.replace(/^\0/, "@")}: ${IN_USE} Process ${pid} (${name}) holds it: stop that program, or choose another path.`,
    );
  }
});

test("a running server's file is not to be deleted, by whatever name it has bound it", async (t) => {
  const python = new Python(t);
  const inside = folder(t);
  await python.run(`
    os.chdir(${JSON.stringify(inside)})
    held = socket.socket(socket.AF_UNIX)
    held.bind("relative")
    held.listen()
    datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    datagrams.bind("datagrams")
  `);
  for (const [path, type] of [
    [join(inside, "relative"), SOCK_STREAM],
    [join(inside, "datagrams"), SOCK_DGRAM],
  ] as const) {
    const unix = socket(AF_UNIX, type);
    t.after(() => unix.close());
    assert.equal(
      await words(unix.bind(path)),
      `bind EADDRINUSE ${path}: ${IN_USE} A program that is not seen holds it: choose another path.`,
    );
  }
  assert.equal(await python.run("held.settimeout(0.05); held.getsockname()"), "relative");
  await assert.rejects(python.run("held.accept()"), /timed out/);
});

test("paths of Unix-domain sockets", onlyLinux, async (t) => {
  const inside = folder(t);
  const plain = join(inside, "plain");
  writeFileSync(plain, "");
  for (const path of [plain, inside]) {
    assert.equal(
      await words(fresh(t, AF_UNIX).connect(path)),
      `connect ECONNREFUSED ${path}: ${REFUSED} That file is no socket: check the path.`,
    );
  }
  const path = join(inside, "bound");
  const bound = fresh(t, AF_UNIX);
  await bound.bind(path);
  assert.equal(
    await words(fresh(t, AF_UNIX).connect(path)),
    `connect ECONNREFUSED ${path}: ${REFUSED} A program has that path, and does not listen yet.`,
  );
  bound.close();
  assert.equal(
    await words(fresh(t, AF_UNIX).connect(path)),
    `connect ECONNREFUSED ${path}: ${REFUSED} No program has that path any more: start the server again, which has to delete the file first.`,
  );
  const below = `${plain}/below`;
  const part = "Not a directory. A part of that path is no directory.";
  assert.equal(await words(fresh(t, AF_UNIX).bind(below)), `bind ENOTDIR ${below}: ${part}`);
  assert.equal(await words(fresh(t, AF_UNIX).connect(below)), `connect ENOTDIR ${below}: ${part}`);
  assert.equal(
    await words(fresh(t, AF_UNIX).connect("")),
    `connect EINVAL : ${INVALID} The empty path is no address: name the server's.`,
  );
  assert.equal(
    await words(fresh(t, AF_UNIX).sendto("x", path)),
    `sendto EOPNOTSUPP ${path}: ${UNSUPPORTED} A stream has its address by connect: connect first, then use send.`,
  );
  const server = fresh(t, AF_UNIX);
  await server.bind(join(inside, "server"));
  server.listen(0);
  const [client, second] = [fresh(t, AF_UNIX), fresh(t, AF_UNIX)];
  await client.connect(join(inside, "server"));
  assert.equal(
    await words(client.sendto("x", path)),
    `sendto EISCONN ${path}: Transport endpoint is already connected. The socket is connected: use send.`,
  );
  assert.equal(
    await words(second.connect(join(inside, "server"), { timeout: 0 })),
    `connect EAGAIN ${join(inside, "server")}: Resource temporarily unavailable. The server's queue is full: it has to accept first.`,
  );
});
