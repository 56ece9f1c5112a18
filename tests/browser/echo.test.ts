/** What a reader does first: `make lab`, "Run All" in both notebooks, and read. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../../tools/browser";
import { Lab, type NotebookView, openLesson } from "../../tools/jupyterlab";

const REPOSITORY = resolve(__dirname, "../..");
const SCREENSHOTS = join(REPOSITORY, ".build/screenshots");

const FILES = ["01-echo-server.ipynb", "01-echo-client.ipynb"];
/** The message, as both sides receive it: 16 octets at a time. */
const RECEIVED = ["b'This is the mess'", "b'age.  It will be'", "b' repeated.'"];

const paths = FILES.map((file) => join(REPOSITORY, "notebooks", file));
const stored = paths.map((path) => readFileSync(path, "utf8"));

let lab: Lab;
let browser: Browser;
let page: Page;
let notebooks: NotebookView[];

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  lab = await Lab.start("01-echo");
  browser = await launchBrowser();
  [page, ...notebooks] = await openLesson(browser, lab, FILES);
});

after(async () => {
  await browser?.close();
  await lab?.interrupt();
  // JupyterLab saves by itself what has been open for two minutes, which is only so long if something failed.
  paths.forEach((path, index) => {
    writeFileSync(path, stored[index]);
  });
});

const screenshot = (name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

/** Reads from the page that both sides received the message in its three parts, and which results the server shows. */
async function assertEchoed(): Promise<void> {
  for (const notebook of notebooks) {
    const received = (await notebook.output()).filter((line) => line.startsWith("received b'"));
    assert.deepEqual(
      received.slice(0, RECEIVED.length).map((line) => line.slice("received ".length)),
      RECEIVED,
    );
  }
  const [server] = notebooks;
  assert.ok(server);
  const prompts = await server.prompts();
  const results = await server.resultPrompts();
  assert.ok(results.length > 0, "a cell that ends with an expression shows its value");
  assert.ok(results.every((result) => prompts.includes(result)));
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
  for (const notebook of notebooks) await notebook.clearOutputs();
  for (const notebook of notebooks) await notebook.runAll();
  for (const notebook of notebooks) await notebook.ranAll(1);
  await screenshot("server-first");
  await assertEchoed();
});

test("no picture is cut, though it is wider than half a window", async () => {
  const pictures = page.locator(".jp-RenderedSVG");
  await pictures.nth(1).waitFor();
  const widths = await pictures.evaluateAll((all) =>
    all.map((each) => [each.clientWidth, each.scrollWidth]),
  );
  assert.equal(widths.length, 2);
  for (const [room, shown] of widths as [number, number][]) {
    assert.ok(shown <= room, `${shown} pixels are shown, and ${room} are there`);
  }
});

test("the bar of a hidden cell stays within its notebook", async () => {
  const ends = await page
    .locator(".jp-Placeholder-content")
    .evaluateAll((all) =>
      all.map((each) => [
        each.getBoundingClientRect().right,
        each.closest(".jp-Notebook")?.getBoundingClientRect().right ?? 0,
      ]),
    );
  assert.ok(ends.length > 0, "no cell is hidden");
  for (const [bar, edge] of ends as [number, number][]) {
    assert.ok(bar <= edge, `a bar ends at ${bar}, and its notebook at ${edge}`);
  }
});

test("no line of code is cut: a row that goes on has a mark", async () => {
  const code = page.locator(".jp-CodeCell .cm-scroller");
  const widths = await code.evaluateAll((all) =>
    all.map((each) => [each.clientWidth, each.scrollWidth]),
  );
  assert.ok(widths.length > 20, `${widths.length} cells`);
  for (const [room, shown] of widths as [number, number][]) {
    assert.ok(shown <= room, `${shown} pixels are shown, and ${room} are there`);
  }
  const mark = await page
    .locator(".jp-CodeCell .cm-line")
    .first()
    .evaluate((line) => line.ownerDocument.defaultView?.getComputedStyle(line, "::before").content);
  assert.match(mark ?? "", /↪/);
});

test("a long line of output breaks between words", async () => {
  const broken = await page
    .locator(".jp-OutputArea-output pre")
    .first()
    .evaluate((line) => line.ownerDocument.defaultView?.getComputedStyle(line).wordBreak);
  assert.equal(broken, "normal");
});

test("a verdict is its claim in words; a click shows whose it is", async () => {
  const verdict = page.locator("details", { hasText: "is another socket" });
  assert.equal(await verdict.getAttribute("open"), null);
  await verdict.locator("summary").click();
  assert.equal(await verdict.getAttribute("open"), "");
  assert.match(await verdict.innerText(), /Hellmann/);
});

test("Run All again, the client first, in the same kernels", async () => {
  for (const notebook of notebooks) await notebook.clearOutputs();
  const [server, client] = notebooks;
  await client.runAll();
  await client.cell(0).locator(".jp-OutputArea").getByText("connecting to").waitFor();
  await server.runAll();
  for (const notebook of notebooks) await notebook.ranAll(2);
  await screenshot("client-first");
  await assertEchoed();
});

test("a table of segments is not cut, though its rows are longer than half a window", async () => {
  const [half, start] = await openLesson(browser, lab.lesson("00-start-here"), [
    "00-start-here.ipynb",
  ]);
  await half.setViewportSize({ width: 680, height: 720 });
  const table = start.panel.locator(".jp-RenderedMarkdown", {
    has: half.getByText("window scale"),
  });
  const [room, shown] = await table.evaluate((each) => [each.clientWidth, each.scrollWidth]);
  assert.ok(
    (shown ?? Number.NaN) <= (room ?? 0),
    `${shown} pixels are shown, and ${room} are there`,
  );
  await half.close();
});

test("the reference is a page that can be read, and so is what it leads to", async () => {
  const [first] = await openLesson(browser, lab.lesson("00-start-here"), ["00-start-here.ipynb"]);
  const read = first.locator(".jp-MarkdownViewer:visible");
  await first.getByRole("link", { name: "the reference" }).click();
  await read.getByRole("link", { name: "netstat", exact: true }).click();
  await read.getByRole("link", { name: "InetAddress", exact: true }).first().click();
  // It is on another page, which has come to it by itself.
  const heading = await read.getByRole("heading", { name: "InetAddress" }).elementHandle();
  await first.waitForFunction("(heading) => heading.getBoundingClientRect().top < 200", heading);
  await first.close();
});

test("Ctrl-C ends make lab and leaves no process", async () => {
  const processes = lab.processes();
  assert.ok(processes.length >= 4, "make, JupyterLab and two kernels");
  await lab.interrupt();
  for (const pid of processes) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});
