/** What a reader sees of the kernel on the page: results, errors, and output under the cell that it belongs to. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../../tools/browser";
import { Lab, type NotebookView, openLesson } from "../../tools/jupyterlab";
import { freePort } from "../helpers/peers/free-port";

const REPOSITORY = resolve(__dirname, "../..");
const SCREENSHOTS = join(REPOSITORY, ".build/screenshots");
// A folder of its own, as JupyterLab keeps a checkpoint beside the notebook.
const FOLDER = join(__dirname, `cells-${process.pid}`);
const FILE = join(FOLDER, "cells.ipynb");

const CELL = { result: 0, error: 1, server: 2, client: 3, waiting: 4 };

/** What is asked of the page's own `window`. */
interface BrowserWindow {
  getComputedStyle(element: unknown): { color: string };
}

let lab: Lab;
let browser: Browser;
let page: Page;
let notebook: NotebookView;

function cells(port: number): string[] {
  return [
    'const found = [20 + 1, "two"];\nfound',
    'function reach(): never {\n  throw new RangeError("out of reach");\n}\nreach();',
    `import * as net from "node:net";
const server = net.createServer((conn) => {
  console.log("a client came");
  conn.end();
});
await new Promise<void>((listening) => server.listen(${port}, "127.0.0.1", listening));
"listening"`,
    `await new Promise((closed) => net.connect(${port}, "127.0.0.1").on("close", closed).resume());
console.log("served");`,
    'console.log("waits");\nawait new Promise(() => {});',
  ];
}

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  mkdirSync(FOLDER, { recursive: true });
  const sources = cells(await freePort());
  writeFileSync(
    FILE,
    JSON.stringify({
      cells: sources.map((source, index) => ({
        cell_type: "code",
        id: `cell-${index}`,
        metadata: {},
        execution_count: null,
        outputs: [],
        source,
      })),
      metadata: {
        kernelspec: { display_name: "TypeScript", language: "typescript", name: "tslab" },
      },
      nbformat: 4,
      nbformat_minor: 5,
    }),
  );
  lab = await Lab.start("01-echo");
  browser = await launchBrowser();
  const address = new URL(lab.address);
  address.pathname = `/lab/workspaces/cells/tree/${relative(REPOSITORY, FILE)}`;
  address.searchParams.set("reset", "");
  [page, notebook] = await openLesson(browser, { address: address.href }, [basename(FILE)]);
});

after(async () => {
  await browser?.close();
  await lab?.interrupt();
  rmSync(FOLDER, { recursive: true, force: true });
});

test("the last expression's value is Out[n]", async () => {
  await notebook.run(CELL.result);
  assert.deepEqual(await notebook.outputOf(CELL.result), ["[ 21, 'two' ]"]);
  assert.deepEqual(await notebook.resultPrompts(), ["[1]:"]);
});

test("an error is red, and has the reader's frames and no others", async () => {
  await notebook.run(CELL.error);
  assert.deepEqual(await notebook.outputOf(CELL.error), [
    "RangeError: out of reach",
    "    at reach (cell [2]:2:9)",
    "    at cell [2]:4:1",
  ]);
  const name = notebook.cell(CELL.error).locator(".ansi-red-fg");
  assert.equal(await name.textContent(), "RangeError");
  const colour = await name.evaluate(
    (element) => (globalThis as unknown as BrowserWindow).getComputedStyle(element).color,
  );
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
  assert.ok(red > 2 * Math.max(green, blue), colour);
});

test("a server's cell runs three times in a row", async () => {
  for (let times = 1; times <= 3; times++) {
    await notebook.run(CELL.server);
    assert.deepEqual(await notebook.outputOf(CELL.server), ["'listening'"]);
  }
  assert.equal((await notebook.prompts())[CELL.server], "[5]:");
});

test("the server's line stays in the server's cell", async () => {
  await notebook.run(CELL.client);
  const line = notebook.cell(CELL.server).locator(".jp-OutputArea").getByText("a client came");
  await line.waitFor();
  assert.deepEqual(await notebook.outputOf(CELL.client), ["served"]);
  await page.screenshot({ path: join(SCREENSHOTS, "kernel.png") });
});

test("the kernel is shown as busy while a cell waits and the reader completes, until Stop", async () => {
  const waiting = notebook.cell(CELL.waiting);
  await waiting.locator(".cm-content").click();
  await page.keyboard.press("Control+Enter");
  await waiting.locator(".jp-OutputArea").getByText("waits").waitFor();
  // The second completion comes after all that the kernel has told of itself at the first.
  for (const [object, method] of [
    ["JSON", "stringify"],
    ["Reflect", "ownKeys"],
  ]) {
    await notebook.cell(CELL.result).locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(`;\n${object}.`);
    await page.keyboard.press("Tab");
    await page.locator(".jp-Completer").getByText(method).first().waitFor();
    await page.keyboard.press("Escape");
  }
  await page.locator("#jp-main-statusbar").getByText("TypeScript | Busy").waitFor();
  await notebook.panel.locator('[data-jp-item-name="interrupt"]').click();
  await notebook.idle();
  assert.deepEqual(await notebook.outputOf(CELL.waiting), [
    "waits",
    "Interrupted: the cell was interrupted",
  ]);
});
