/** What a reader does first: `make lab`, "Run All" in both notebooks, and read. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../../tools/browser";
import { Lab, type NotebookView, openLesson } from "../../tools/jupyterlab";

const REPOSITORY = resolve(__dirname, "../..");
const SCREENSHOTS = join(REPOSITORY, ".build/screenshots");

const FILES = ["01-echo-server.ipynb", "01-echo-client.ipynb"];
/** The message, as both sides receive it: 16 octets at a time. */
const RECEIVED = ["b'This is the mess'", "b'age.  It will be'", "b' repeated.'"];

/** Milliseconds that a conversation may take; a client waits up to 30 s for its server. */
const CONVERSATION = 60_000;

const stored = () => FILES.map((file) => readFileSync(join(REPOSITORY, "notebooks", file), "utf8"));
const storedBefore = stored();

let lab: Lab;
let browser: Browser;
let page: Page;
let notebooks: NotebookView[];

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  lab = await Lab.start("01-echo");
  browser = await launchBrowser();
  [page, ...notebooks] = await openLesson(browser, lab, FILES, { width: 1600, height: 8000 });
});

after(async () => {
  await browser?.close();
  await lab?.interrupt();
});

const screenshot = (name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

/** Waits until every code cell of a notebook has run `times` times: it carries the number that it then has. */
async function ranAll(notebook: NotebookView, times: number): Promise<void> {
  const deadline = Date.now() + CONVERSATION;
  for (;;) {
    const prompts = await notebook.prompts();
    const numbers = prompts.map((_, index) => `[${prompts.length * (times - 1) + index + 1}]:`);
    if (prompts.length > 0 && prompts.join() === numbers.join()) return;
    assert.ok(Date.now() < deadline, `${CONVERSATION / 1000} s have passed: ${prompts.join(" ")}`);
    await setTimeout(100);
  }
}

/** Reads from the page that both sides received the message in its three parts, and which results are shown. */
async function assertEchoed(): Promise<void> {
  for (const notebook of notebooks) {
    const received = (await notebook.output()).filter((line) => line.startsWith("received b'"));
    assert.deepEqual(
      received.slice(0, RECEIVED.length).map((line) => line.slice("received ".length)),
      RECEIVED,
    );
    const results = await notebook.resultPrompts();
    assert.ok(results.length > 0);
    const prompts = await notebook.prompts();
    assert.deepEqual(
      results,
      results.filter((result) => prompts.includes(result)),
    );
  }
}

test("both notebooks are there, side by side, and no dialog is in the way", async () => {
  await screenshot("opened");
  const [left, right] = await Promise.all(notebooks.map(({ panel }) => panel.boundingBox()));
  assert.ok(left && right);
  assert.ok(left.x + left.width <= right.x);
  assert.ok(Math.abs(left.width - right.width) < 2, `${left.width} and ${right.width} pixels wide`);
  assert.equal(await page.locator(".jp-Dialog, .Toastify__toast").count(), 0);
});

test("Run All, the server first", async () => {
  for (const notebook of notebooks) await notebook.runAll();
  for (const notebook of notebooks) await ranAll(notebook, 1);
  await screenshot("server-first");
  await assertEchoed();
});

test("Run All again, the client first, in the same kernels", async () => {
  for (const notebook of [...notebooks].reverse()) {
    await notebook.runAll();
    await setTimeout(1000);
  }
  for (const notebook of notebooks) await ranAll(notebook, 2);
  await screenshot("client-first");
  await assertEchoed();
});

test("Ctrl-C ends make lab and leaves no process", async () => {
  const processes = lab.processes();
  assert.ok(processes.length >= 4, "make, JupyterLab and two kernels");
  await lab.interrupt();
  for (const pid of processes) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});

test("the notebooks on the disk are as they were", () => {
  assert.deepEqual(stored(), storedBefore);
});
