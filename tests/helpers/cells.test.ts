/** What the helpers do in a notebook, where a kernel tells them of the running cell. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { on, once } from "node:events";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { recordOf, setRecording } from "../../helpers/record/record";
import {
  createConnection,
  createServer,
  getaddrinfo,
  MSG_PEEK,
  MSG_WAITALL,
  recvall,
} from "../../helpers/socket";
import { type Cell, CURRENT_CELL } from "../../interface/cell";
import { listen, pair, portOf } from "./peers/connection";
import { PYTHON } from "./peers/python";

/** A run of a cell, as far as the socket helpers look at it. */
class FakeCell
  implements Pick<Cell, "executionCount" | "signal" | "isInterruptPending" | "onRerun">
{
  readonly executionCount = 7;
  readonly controller = new AbortController();
  isInterruptPending = false;
  readonly releases = new Set<() => void | Promise<void>>();

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  onRerun(release: () => void | Promise<void>): () => void {
    this.releases.add(release);
    return () => this.releases.delete(release);
  }

  rerun(): void {
    for (const release of this.releases) void release();
  }
}

const kernel = globalThis as { [CURRENT_CELL]?: () => Cell | undefined };

/** A cell is running until the test ends. */
function run(t: TestContext): FakeCell {
  const cell = new FakeCell();
  kernel[CURRENT_CELL] = () => cell as Pick<Cell, "signal" | "onRerun"> as Cell;
  t.after(() => {
    delete kernel[CURRENT_CELL];
    cell.rerun();
  });
  return cell;
}

test("a call is recorded with the number of its cell, and with none where no cell runs", async (t) => {
  setRecording(true);
  t.after(() => setRecording(false));
  const cells = (of: object) => recordOf(of)?.calls.map(({ cell }) => cell);
  using outside = await createServer(["127.0.0.1", 0]);
  const cell = run(t);
  using inside = await createServer(["127.0.0.1", 0]);
  assert.deepEqual(new Set(cells(outside)), new Set([undefined]));
  assert.deepEqual(new Set(cells(inside)), new Set([cell.executionCount]));
});

test("what a cell has opened is closed before it runs again: its waits end, its port is free", async (t) => {
  const cell = run(t);
  const listening = await createServer(["127.0.0.1", 0]);
  const port = portOf(listening);
  const client = await createConnection(["127.0.0.1", port]);
  const [conn] = await listening.accept();
  assert.equal(cell.releases.size, 3);
  const waiting = assert.rejects(conn.recv(1), { code: "EBADF" });
  const accepting = assert.rejects(listening.accept(), { code: "EBADF" });
  cell.rerun();
  await Promise.all([waiting, accepting]);
  for (const sock of [listening, client, conn]) assert.equal(sock.fileno(), -1);
  assert.equal(cell.releases.size, 0);
  const next = run(t);
  const again = await createServer(["127.0.0.1", port]);
  assert.equal(next.releases.size, 1);
  again.close();
  assert.equal(next.releases.size, 0);
});

test("with an interrupt on its way, a call that need not wait takes nothing", async (t) => {
  const [client, conn] = await pair(t);
  const cell = run(t);
  await client.sendall("kept");
  await conn.recv(4, MSG_PEEK | MSG_WAITALL);
  cell.isInterruptPending = true;
  const received = conn.recv(4);
  setImmediate(() => {
    cell.isInterruptPending = false;
    cell.controller.abort(new Error("interrupted"));
  });
  await assert.rejects(received, /interrupted/);
  delete kernel[CURRENT_CELL];
  assert.equal(`${await conn.recv(16)}`, "kept");
});

test("an interrupt that was another cell's lets the call go on; one that meanwhile closes the socket does not", async (t) => {
  const [client, conn] = await pair(t);
  const cell = run(t);
  await client.sendall("kept");
  for (const [close, what] of [
    [false, "kept"],
    [true, "EBADF"],
  ] as const) {
    cell.isInterruptPending = true;
    const received = conn.recv(4).then(String, (error) => error.code);
    setImmediate(() => {
      cell.isInterruptPending = false;
      if (close) conn.close();
    });
    assert.equal(await received, what);
  }
});

test("an interrupt ends every wait of the cell by its reason, and takes nothing", async (t) => {
  const [listening, port] = await listen(t);
  const client = await createConnection(["127.0.0.1", port]);
  t.after(() => client.close());
  const [conn] = await listening.accept();
  t.after(() => conn.close());
  const cell = run(t);
  const reason = new Error("interrupted");
  const waits = [
    conn.recv(1),
    conn.recvInto(new Uint8Array(1)),
    recvall(conn, 5),
    listening.accept(),
    conn.sendall(Buffer.alloc(64 * 2 ** 20)),
    getaddrinfo("no-such-host.invalid", 1),
  ];
  cell.controller.abort(reason);
  for (const outcome of await Promise.allSettled(waits)) {
    assert.deepEqual(outcome, { status: "rejected", reason });
  }
  // Nor does anything begin that the interrupted cell still calls.
  await assert.rejects(conn.recv(1), (error) => error === reason);
  await assert.rejects(conn.sendall("x"), (error) => error === reason);
  await assert.rejects(getaddrinfo("localhost", 1), (error) => error === reason);
  run(t);
  await client.sendall("nothing taken");
  assert.equal((await conn.recv(100)).decode(), "nothing taken");
});

test("a send that is interrupted gives the number of octets that have gone out", async (t) => {
  const [listening, port] = await listen(t);
  const client = await createConnection(["127.0.0.1", port]);
  t.after(() => client.close());
  const [conn] = await listening.accept();
  t.after(() => conn.close());
  const cell = run(t);
  const sending = conn.send(Buffer.alloc(64 * 2 ** 20));
  cell.controller.abort(new Error("interrupted"));
  const sent = await sending;
  await assert.rejects(conn.send("x"), { message: "interrupted" });
  run(t);
  conn.close();
  let received = 0;
  for (let size = -1; size !== 0; received += size) size = (await client.recv(2 ** 20)).length;
  assert(sent > 0);
  assert.equal(received, sent);
});

test("an endless row of calls that need not wait ends by an interrupt too", async (t) => {
  const cell = run(t);
  const sock = await createServer(["127.0.0.1", 0]);
  const client = await createConnection(sock.getsockname());
  const [conn] = await sock.accept();
  conn.close();
  setTimeout(() => cell.controller.abort(new Error("interrupted")), 20);
  await assert.rejects(
    async () => {
      while ((await client.recv(1)).length === 0);
    },
    { message: "interrupted" },
  );
});

const ROOT = join(__dirname, "..", "..");

/** Runs a program as ts-node does, and gives what it wrote. It must end by itself. */
function program(source: string, ...args: string[]): string {
  return execFileSync(process.execPath, [...args, "--eval", source], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, TS_NODE_TRANSPILE_ONLY: "true" },
  });
}

const TS = ["--require", "ts-node/register/transpile-only"];

test("a program ends by itself though idle sockets are open, but not while a call waits", () => {
  const output = program(
    `
      const { createConnection, createServer } = require("./helpers/socket");
      const main = async () => {
        const listening = await createServer(["127.0.0.1", 0]);
        const client = await createConnection(listening.getsockname());
        const [conn] = await listening.accept();
        conn.recv(5, 0, { timeout: 0.2 }).catch((error) => console.log(error.code));
        await new Promise((wake) => setTimeout(wake, 100));
        const data = conn.recv(5);
        setTimeout(() => client.sendall("hello"), 300).unref();
        setTimeout(() => {}, 400);
        console.log(await data);
        // Watched still, and ready, when the program ends.
        await client.sendall("more");
      };
      main();
    `,
    ...TS,
  );
  assert.equal(output, "ETIMEDOUT\nb'hello'\n");
});

test("what comes while nothing else happens is given at once", () => {
  const output = program(
    `
      const { spawn } = require("node:child_process");
      const { createServer } = require("./helpers/socket");
      const main = async () => {
        const listening = await createServer(["127.0.0.1", 0]);
        spawn(${JSON.stringify(PYTHON)}, ["-c", [
          "import socket, time",
          "sock = socket.create_connection(('127.0.0.1', " + listening.getsockname()[1] + "))",
          "for _ in range(4):",
          "    time.sleep(0.25)",
          "    sock.sendall(b'ping')",
          "    sock.recv(4, socket.MSG_WAITALL)", // Nothing else happens until it is answered.
        ].join("\\n")], { stdio: "ignore" });
        const [conn] = await listening.accept();
        for (;;) {
          const data = await conn.recv(100);
          if (data.length === 0) break;
          await conn.sendall(data);
          console.log("answered");
        }
        conn.close();
        listening.close();
      };
      main();
    `,
    ...TS,
  );
  assert.equal(output, "answered\n".repeat(4));
});

test("the modules may be evaluated again, as after an edit, and the sockets of before go on", () => {
  const output = program(
    `
      const before = require("./helpers/socket");
      const main = async () => {
        const listening = await before.createServer(["127.0.0.1", 0]);
        const accepting = listening.accept();
        for (let i = 0; i < 30; i++) {
          for (const file of Object.keys(require.cache)) {
            if (file.includes("/helpers/")) delete require.cache[file];
          }
          const after = require("./helpers/socket");
          const probe = await after.createServer(["127.0.0.1", 0]);
          probe.accept().catch((error) => i === 29 && console.log(error.code));
          probe.close();
        }
        const after = require("./helpers/socket");
        console.log(after.Socket !== before.Socket);
        const client = await after.createConnection(listening.getsockname());
        const [conn] = await accepting;
        const data = conn.recv(100);
        await client.sendall("across");
        console.log(await data);
      };
      main();
    `,
    ...TS,
  );
  assert.equal(output, "true\nEBADF\nb'across'\n");
});

test("in ts-node's REPL, with import and await at top level", async (t) => {
  const repl = spawn(
    process.execPath,
    [require.resolve("ts-node/dist/bin.js"), "--transpile-only", "--interactive"],
    { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] },
  );
  t.after(() => repl.kill());
  repl.stdout.setEncoding("utf8");
  const prompts = on(repl.stdout, "data", { close: ["end"], signal: AbortSignal.timeout(300_000) });
  const answers: string[] = [];
  for (const line of [
    'import { createConnection, createServer } from "./helpers/socket"',
    'const listening = await createServer(["127.0.0.1", 0])',
    "const client = await createConnection(listening.getsockname())",
    "const [conn] = await listening.accept()",
    'await client.sendall("from the REPL")',
    "await conn.recv(100)",
  ]) {
    answers.push(await prompt(prompts));
    repl.stdin.write(`${line}\n`);
  }
  answers.push(await prompt(prompts));
  assert.match(answers[answers.length - 1], /^b'from the REPL'\n> $/);
  repl.stdin.end(".exit\n");
  const [code] = await once(repl, "exit");
  assert.equal(code, 0);
});

/** What the REPL writes up to its next prompt. */
async function prompt(output: AsyncIterator<string[]>): Promise<string> {
  for (let text = ""; ; ) {
    const { value, done } = await output.next();
    assert.ok(!done, `the REPL has ended after ${text}`);
    text += value[0];
    if (text.endsWith("> ")) return text;
  }
}

test("in a worker the import says that sockets need the main thread", () => {
  const output = program(`
    const { Worker } = require("node:worker_threads");
    const source = 'require("ts-node/register/transpile-only"); require("./helpers/socket")';
    new Worker(source, { eval: true }).on("error", (error) => console.log(error.message));
  `);
  assert.match(output, /main thread/);
});
