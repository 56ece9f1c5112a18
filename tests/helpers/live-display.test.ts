/** Displays that are kept up to date: at most ten times a second, the last state always, one line at the end. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { progress } from "../../helpers/progress";
import { setRecording } from "../../helpers/record/record";
import { Live } from "../../helpers/show/live-display";
import { createConnection } from "../../helpers/socket";
import { showTraffic } from "../../helpers/traffic";
import { type Cell, CURRENT_CELL, type MimeBundle } from "../../interface/cell";
import { listen } from "./peers/connection";
import { until } from "./peers/until";

setRecording(true);

interface Shown {
  text: string;
  id?: string | undefined;
  update?: boolean | undefined;
  at: number;
}

const kernel = globalThis as { [CURRENT_CELL]?: () => Cell | undefined };

/** What a cell that runs until the test ends is told to show. */
function cell(t: TestContext): Shown[] {
  const shown: Shown[] = [];
  const display = (data: MimeBundle, options?: { id?: string; update?: boolean }) => {
    shown.push({ text: String(data["text/plain"]), ...options, at: performance.now() });
  };
  const signal = new AbortController().signal;
  const fake = { display, signal, onRerun: () => () => {} } as unknown as Cell;
  kernel[CURRENT_CELL] = () => fake;
  t.after(() => {
    delete kernel[CURRENT_CELL];
  });
  return shown;
}

test("a thousand states and more: one display, at most ten updates a second, and the last", async (t) => {
  const shown = cell(t);
  const place = new Live();
  let states = 0;
  while (states < 1000 || shown.length < 4) {
    place.show(`state ${++states}`);
    if (states % 50 === 0) await sleep(1);
  }
  place.end();
  assert.equal(shown[0].text, "state 1");
  assert.equal(shown.at(-1)?.text, `state ${states}`);
  const gaps = shown.slice(1, -1).map(({ at }, index) => at - shown[index].at);
  assert.ok(
    gaps.every((gap) => gap >= 99),
    `${gaps}`,
  );
  assert.equal(new Set(shown.map(({ id }) => id)).size, 1);
  assert.deepEqual(
    shown.map(({ update }) => update),
    [false, ...shown.slice(1).map(() => true)],
  );
  place.show("too late");
  await sleep(150);
  assert.equal(shown.at(-1)?.text, `state ${states}`);
});

test("a state that nothing follows is shown by itself", async (t) => {
  const shown = cell(t);
  const place = new Live();
  place.show("first");
  place.show("second");
  assert.deepEqual(
    shown.map(({ text }) => text),
    ["first"],
  );
  await until(() => shown.length > 1);
  assert.deepEqual(
    shown.map(({ text }) => text),
    ["first", "second"],
  );
  place.end();
  assert.equal(shown.length, 2);
});

test("a bar becomes one line, also where the work is broken off", async (t) => {
  const shown = cell(t);
  {
    using bar = progress(4, "connections");
    for (let n = 0; n < 4; n++) {
      await sleep(60);
      bar.add();
    }
  }
  assert.match(shown[0].text, /^░{30} 0 of 4 connections$/);
  assert.ok(shown.some(({ text }) => /^█{7,22}░{8,23} [123] of 4 connections$/.test(text)));
  assert.match(shown.at(-1)?.text ?? "", /^4 connections in (\d+ ms|[\d.]+ s)$/);
  assert.throws(() => {
    using bar = progress(1000, "octets");
    bar.add(20);
    throw new Error("broken off");
  }, /broken off/);
  assert.match(shown.at(-1)?.text ?? "", /^20 of 1,000 octets in [\d.]+ ms$/);
});

test("a server's traffic is what its connections have moved", async (t) => {
  const shown = cell(t);
  const [listening, port] = await listen(t);
  const traffic = showTraffic(listening);
  for (let n = 0; n < 3; n++) {
    using client = await createConnection(["127.0.0.1", port]);
    const [served] = await listening.accept();
    await client.sendall("Hi there, server");
    await served.sendall(await served.recv(10));
    if (n < 2) served.close();
    else t.after(() => served.close());
  }
  traffic.end();
  const [head, row] = (shown.at(-1)?.text ?? "").split("\n");
  assert.equal(head, "connections  open now  octets in  octets out");
  assert.deepEqual(row.trim().split(/\s+/), ["3", "1", "30", "30"]);
  const before = shown.length;
  await createConnection(["127.0.0.1", port]).then((client) => client.close());
  await sleep(150);
  assert.equal(shown.length, before, "it has ended");
});

/** What a program prints that shows three states, into a file or on a terminal. */
function printed(isTerminal: boolean): string {
  const source = `
    Object.defineProperty(process.stdout, "isTTY", { value: ${isTerminal} });
    const { Live } = require(${JSON.stringify(require.resolve("../../helpers/show/live-display"))});
    const place = new Live();
    for (const state of ["one", "two", "three"]) place.show(state);
    place.end();`;
  const register = require.resolve("ts-node/register/transpile-only");
  return execFileSync(process.execPath, ["--require", register, "--eval", source], {
    encoding: "utf8",
  });
}

test("outside a notebook: a line that is written over in a terminal, the last state in a file", () => {
  assert.equal(printed(false), "three\n");
  assert.equal(printed(true), "\r\x1b[Kone\r\x1b[Kthree\n");
});
