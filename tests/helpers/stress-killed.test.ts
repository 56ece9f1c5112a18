/**
 * A process that is killed in the middle of a transfer: the one at the other end is told what the system knows,
 * the end of file, or a reset where the dead one had not taken all its input.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Socket } from "../../helpers/socket";
import { listen } from "./peers/connection";
import { Python } from "./peers/python";

const LIMIT = { timeout: 300_000 };
const MEBIOCTET = 2 ** 20;

type Task = "send" | "receive" | "hold";
type Kill = () => Promise<void>;

/** Processes that connect to `port` and do a task without end, by whose sockets they use. */
const victims: Record<string, (t: TestContext, port: number, task: Task) => Kill> = {
  "a process of ours": (t, port, task) => {
    const child = spawn(
      process.execPath,
      [
        "--require",
        "ts-node/register/transpile-only",
        join(__dirname, "peers", "endless.ts"),
        `${port}`,
        task,
      ],
      { stdio: "inherit" },
    );
    const ended = once(child, "exit");
    const kill = async () => {
      child.kill("SIGKILL");
      await ended;
    };
    t.after(kill);
    return kill;
  },
  "a process of Python's": (t, port, task) => {
    const python = new Python(t);
    python
      .run(`
        peer = socket.create_connection(("127.0.0.1", ${port}))
        while "${task}" == "send":
            peer.sendall(bytes(65536))
        while "${task}" == "receive":
            peer.recv(65536)
        time.sleep(60)
      `)
      .catch(() => {}); // It is killed during this.
    return () => python.kill();
  },
};

async function accept(t: TestContext, start: (port: number) => Kill): Promise<[Socket, Kill]> {
  const [listening, port] = await listen(t);
  const kill = start(port);
  const [sock] = await listening.accept();
  t.after(() => sock.close());
  return [sock, kill];
}

/** Receives until `enough` octets have come or the connection ends; gives how many came. */
async function receive(sock: Socket, enough: number): Promise<number> {
  for (let total = 0; ; ) {
    const data = await sock.recv(65536);
    total += data.length;
    if (data.length === 0 || total >= enough) return total;
  }
}

/** Sends until `enough` octets have been taken. */
async function send(sock: Socket, enough: number): Promise<void> {
  for (let total = 0; total < enough; total += 65536) await sock.sendall(Buffer.alloc(65536, "o"));
}

for (const [name, victim] of Object.entries(victims)) {
  test(`${name} is killed while it sends: recv sees the end of file`, LIMIT, async (t) => {
    const [sock, kill] = await accept(t, (port) => victim(t, port, "send"));
    assert.ok((await receive(sock, MEBIOCTET)) >= MEBIOCTET);
    const rest = receive(sock, Number.POSITIVE_INFINITY);
    await kill();
    await rest; // It has ended, and not by an error.
    assert.equal((await sock.recv(16)).length, 0);
  });

  test(`${name} is killed while it receives: send fails`, LIMIT, async (t) => {
    const [sock, kill] = await accept(t, (port) => victim(t, port, "receive"));
    await send(sock, MEBIOCTET);
    const failure = send(sock, Number.POSITIVE_INFINITY).catch(
      (error: NodeJS.ErrnoException) => error,
    );
    await kill();
    const error = await failure;
    assert.match(error?.code ?? "", /^(ECONNRESET|EPIPE)$/);
    assert.ok(error?.errno !== undefined && error.errno !== 0);
    assert.match(error?.syscall ?? "", /^send/);
    await assert.rejects(sock.send("more"), { code: "EPIPE" });
  });

  test(
    `${name} is killed with input that it has not taken: recv and send are reset`,
    LIMIT,
    async (t) => {
      const [sock, kill] = await accept(t, (port) => victim(t, port, "hold"));
      await sock.sendall("never received");
      const receiving = assert.rejects(sock.recv(16), { code: "ECONNRESET", syscall: /^recv/ });
      await kill();
      await receiving;
      await assert.rejects(sock.send("more"), { code: "EPIPE" });
      assert.equal((await sock.recv(16)).length, 0, "the reset is told once");
    },
  );

  test(
    `${name} is killed while a send waits for it: what was taken is told, then the error`,
    LIMIT,
    async (t) => {
      const [sock, kill] = await accept(t, (port) => victim(t, port, "hold"));
      const sending = sock.send(Buffer.alloc(64 * MEBIOCTET));
      await assert.rejects(sock.recv(1, 0, { timeout: 0.2 }), { code: "ETIMEDOUT" });
      await kill();
      const taken = await sending;
      assert.ok(taken > 0 && taken < 64 * MEBIOCTET, `${taken} octets`);
      await assert.rejects(sock.send("more"), { code: /^(ECONNRESET|EPIPE)$/, syscall: "send" });
    },
  );

  test(`${name} is killed while a sendall waits for it`, LIMIT, async (t) => {
    const [sock, kill] = await accept(t, (port) => victim(t, port, "hold"));
    const sending = assert.rejects(sock.sendall(Buffer.alloc(64 * MEBIOCTET)), {
      code: /^(ECONNRESET|EPIPE)$/,
    });
    await assert.rejects(sock.recv(1, 0, { timeout: 0.2 }), { code: "ETIMEDOUT" });
    await kill();
    await sending;
  });
}

for (const [task, seen] of [
  ["send", "end of file"],
  ["hold", "ConnectionResetError"],
] as const) {
  test(`Python sees a killed process of ours that would ${task}: ${seen}`, LIMIT, async (t) => {
    const python = new Python(t);
    const port = await python.run<number>(`
      listening = socket.create_server(("127.0.0.1", 0))
      listening.getsockname()[1]
    `);
    const kill = victims["a process of ours"](t, port, task);
    await python.run(`
      peer = listening.accept()[0]
      if "${task}" == "send":
          peer.recv(1 << 20, socket.MSG_WAITALL)
      else:
          peer.sendall(b"never received")
    `);
    const ending = python.run<string>(`
      def ending():
          try:
              while peer.recv(65536):
                  pass
              return "end of file"
          except OSError as error:
              return type(error).__name__

      ending()
    `);
    await kill();
    assert.equal(await ending, seen);
  });
}
