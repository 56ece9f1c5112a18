/**
 * The way of a new reader: `make lab`, an exercise, a pair from the launcher, "Run All" in both notebooks, what they show,
 * links, files of one's own, and the way back.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { launchBrowser } from "../../tools/browser";
import { Lab, NotebookView, openLesson } from "../../tools/jupyterlab";
import { joined, readNotebook } from "../../tools/nbformat";

const REPOSITORY = resolve(__dirname, "../..");
const SCREENSHOTS = join(REPOSITORY, ".build/screenshots");

const GUIDE = "00-start-here.ipynb";
const FILES = ["01-echo-server.ipynb", "01-echo-client.ipynb"];
/** The message, as both sides receive it: 16 octets at a time. */
const RECEIVED = ["b'This is the mess'", "b'age.  It will be'", "b' repeated.'"];
/** Files that a reader makes, in the folder that JupyterLab shows first. */
const OWN = [`own-${process.pid}.ipynb`, `own-${process.pid}.ts`];

const others = new Set(readdirSync(REPOSITORY));

const paths = [GUIDE, ...FILES].map((file) => join(REPOSITORY, "notebooks", file));
const stored = paths.map((path) => readFileSync(path, "utf8"));

let lab: Lab;
let browser: Browser;
let page: Page;
let guide: NotebookView;
let notebooks: NotebookView[];

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  lab = await Lab.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await lab?.interrupt();
  // JupyterLab saves by itself what has been open for two minutes, which is only so long if something failed.
  paths.forEach((path, index) => {
    if (readFileSync(path, "utf8") !== stored[index]) writeFileSync(path, stored[index]);
  });
  for (const folder of [REPOSITORY, join(REPOSITORY, ".ipynb_checkpoints")]) {
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
      if (/^(untitled|own-)/i.test(file) && !others.has(file)) rmSync(join(folder, file));
    }
  }
});

/** One that was killed runs until the system comes to end it. */
function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

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

/** The titles of the lessons, as README.md lists them. */
function titles(): string[] {
  const readme = readFileSync(join(REPOSITORY, "README.md"), "utf8");
  const rows = readme.split("| lesson | about |")[1].split("\n\n")[0].split("\n").slice(2);
  return rows.map((row) => /^\| \[?(\d\d [^\]|]+?)(\]| \(\[)/.exec(row)?.[1] ?? row);
}

/** Waits until both notebooks of the pair have their kernels, and asserts that the server is left of its client. */
async function assertSideBySide(): Promise<void> {
  for (const notebook of notebooks) await notebook.idle();
  const [left, right] = await Promise.all(notebooks.map(({ panel }) => panel.boundingBox()));
  assert.ok(left && right);
  assert.ok(left.x + left.width <= right.x);
  assert.ok(Math.abs(left.width - right.width) < 2, `${left.width} and ${right.width} pixels wide`);
}

/** Saves a new file, and gives it the name that JupyterLab then asks for. */
async function saveAs(name: string): Promise<void> {
  await page.keyboard.press("Control+S");
  await page.locator(".jp-Dialog input[type=text]").fill(name);
  await page.locator(".jp-Dialog .jp-mod-accept").click();
  await page.locator(".jp-Dialog").waitFor({ state: "detached" });
  await page.getByRole("tabpanel", { name }).waitFor();
}

const openLauncher = () => page.locator(".lm-TabBar-addButton:visible").first().click();
const card = (section: string, title: string) =>
  page.locator(`.jp-LauncherCard[data-category="${section}"]`, { hasText: title });
const tab = (label: string) => page.locator(`.lm-TabBar-tab[data-lesson="${label}"]`);

test("at the first start lesson 00 is there, and no dialog is in the way", async () => {
  [page, guide] = await openLesson(browser, lab, [GUIDE]);
  await tab("00 · Start here").waitFor();
  assert.equal(await page.locator(".jp-Dialog, .Toastify__toast").count(), 0);
  await screenshot("first-start");
});

test("cells are TypeScript: `using` is coloured as `const` is, and types have a colour", async () => {
  // The editor of a cell is made when it comes into view.
  const token = async (line: string, text: string) => {
    const cell = guide.cellWith(line);
    await cell.scrollIntoViewIfNeeded();
    const whole = new RegExp(`^${text}$`);
    return cell.locator(".cm-content span", { hasText: whole }).first().getAttribute("class");
  };
  const keyword = await token("const listener =", "const");
  assert.ok(keyword);
  assert.equal(await token("using other =", "using"), keyword);
  assert.ok(await token("async function answer(", "Socket"));
  const language = guide.cell(0).locator(".cm-content");
  assert.equal(await language.getAttribute("data-language"), "typescript");
});

test("an exercise fails as it stands, and is solved by its solution", async () => {
  const exercise = guide.cellWith("async function answer(");
  const check = guide.cellWith("check(answer)");
  await guide.clearOutputs();
  await guide.run(guide.cellWith('from "../helpers/socket"').first());
  await guide.run(exercise);
  await guide.run(check);
  await check.locator(".jp-OutputArea", { hasText: "NotYet" }).waitFor();
  await screenshot("exercise");
  const { cells } = readNotebook(paths[0]);
  const solution = joined(cells.find(({ id }) => id === "solution-answer")?.source ?? "");
  await exercise.locator(".cm-content").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(solution.replace("answerSolution", "answer"));
  await guide.run(exercise);
  await guide.run(check);
  await check.locator(".jp-OutputArea", { hasText: "solved" }).waitFor();
});

test("the launcher lists the lessons by title, and TypeScript before other kernels, with its logo", async () => {
  await openLauncher();
  const sections = page.locator(".jp-Launcher-sectionTitle");
  await sections.first().waitFor();
  assert.deepEqual((await sections.allTextContents()).slice(0, 2), ["Lessons", "Notebook"]);
  const cards = page.locator('.jp-LauncherCard[data-category="Lessons"]');
  assert.deepEqual(await cards.locator("p").allTextContents(), titles());
  const kernel = page.locator('.jp-LauncherCard[data-category="Notebook"]').first();
  assert.equal(await kernel.locator("p").textContent(), "TypeScript");
  // It fails where the picture cannot be drawn.
  const logo = kernel.locator("img");
  await logo.evaluate((image) => (image as unknown as { decode(): Promise<void> }).decode());
  await screenshot("launcher");
  // As wide as half of it.
  await page.setViewportSize({ width: 680, height: 720 });
  const [first, second] = await Promise.all([0, 1].map((at) => cards.nth(at).boundingBox()));
  assert.ok(first && second && first.y === second.y && first.x < second.x, "in two columns");
  await page.setViewportSize({ width: 1280, height: 720 });
});

test("a click on a lesson opens its pair side by side, with both kernels", async () => {
  await card("Lessons", "01 Echo").click();
  notebooks = FILES.map((file) => new NotebookView(page, file));
  await assertSideBySide();
  for (const label of ["01 · server · Echo", "01 · client · Echo"]) await tab(label).waitFor();
  assert.equal(await page.locator(".jp-Launcher").count(), 0);
  await screenshot("opened");
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

test("the bar of a hidden cell ends where other cells do", async () => {
  const bars = page.locator(".jp-Placeholder-content");
  assert.ok((await bars.count()) > 0, "no cell is hidden");
  for (const { panel } of notebooks) {
    const right = (all: Locator) =>
      all.evaluateAll((found) => found.map((each) => each.getBoundingClientRect().right));
    const [edge] = await right(panel.locator(".jp-InputArea-editor:visible").first());
    for (const end of await right(panel.locator(".jp-Placeholder-content"))) {
      assert.ok(end <= edge + 1, `a bar ends at ${end}, and other cells at ${edge}`);
    }
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

test("pictures have words, for whoever cannot see them", async () => {
  const words = await page
    .locator(".jp-RenderedSVG img")
    .evaluateAll((all) => all.map((image) => image.getAttribute("alt")));
  assert.ok(words.length > 1);
  for (const text of words) assert.match(text ?? "", /Conversation of server|States of/);
});

test("light and dark, on a projector and on a large screen: nothing is cut without a sign", async () => {
  for (const theme of ["Light", "Dark"]) {
    await page.keyboard.press("Control+Shift+C");
    await page.locator(".lm-CommandPalette-input:visible").fill(`Theme: JupyterLab ${theme}`);
    await page
      .locator('.lm-CommandPalette-item[data-command="apputils:change-theme"]')
      .first()
      .click();
    const isLight = String(theme === "Light");
    await page.locator(`body[data-jp-theme-light=${isLight}]`).waitFor({ state: "attached" });
    for (const [width, height] of [
      [1280, 720],
      [1920, 1080],
    ]) {
      await page.setViewportSize({ width, height });
      for (const notebook of notebooks) assert.deepEqual(await notebook.cut(), []);
      await screenshot(`echo-${theme.toLowerCase()}-${height}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 720 });
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
  await tab("00 · Start here").click();
  const read = page.locator(".jp-MarkdownViewer:visible");
  await guide.panel.getByRole("link", { name: "the reference" }).click();
  await read.getByRole("link", { name: "netstat", exact: true }).click();
  await read.getByRole("link", { name: "InetAddress", exact: true }).first().click();
  // It is on another page, which has come to it by itself.
  const heading = await read.getByRole("heading", { name: "InetAddress" }).elementHandle();
  await page.waitForFunction("(heading) => heading.getBoundingClientRect().top < 200", heading);
});

test("a verdict's link opens the other notebook beside, at its cell, though it was open behind", async () => {
  await tab("00 · Start here").click();
  await guide.run(guide.cellWith("const claims = map"));
  await guide.run(guide.cellWith("const rows = claims"));
  const row = guide.panel.locator("tr", { hasText: "bind gives the socket the address" });
  await row.getByRole("link").click();
  const [server] = notebooks;
  const cell = await server.cellWith('verdict("pymotw-bind"').elementHandle();
  await page.waitForFunction(
    "(cell) => cell.getBoundingClientRect().top < innerHeight && cell.getBoundingClientRect().bottom > 0",
    cell,
  );
  const [left, right] = await Promise.all([guide, server].map(({ panel }) => panel.boundingBox()));
  assert.ok(left && right && left.x + left.width <= right.x);
  await screenshot("verdict");
});

test("a link to a lesson opens its pair, the server on the left again", async () => {
  await guide.panel.getByRole("link", { name: "Echo", exact: true }).click();
  await assertSideBySide();
});

test("a notebook of one's own is made from the launcher, and exported", async () => {
  const [own] = OWN;
  await openLauncher();
  await card("Notebook", "TypeScript").click();
  const untitled = new NotebookView(page, "Untitled");
  await untitled.idle();
  await untitled.cell(0).locator(".cm-content").click();
  await page.keyboard.insertText("const found = 20 + 1;\nfound");
  await untitled.run(0);
  assert.deepEqual(await untitled.outputOf(0), ["21"]);
  await saveAs(own);
  const asked = page.context().waitForEvent("request", {
    predicate: (request) => request.url().includes("/nbconvert/handout"),
    timeout: 60_000,
  });
  await page.getByRole("menuitem", { name: "File", exact: true }).click();
  await page.locator(".lm-Menu-item", { hasText: "Export Notebook As" }).hover();
  await page.locator(".lm-Menu-item", { hasText: "Handout (HTML)" }).click();
  // As the page itself asks, or else the server takes it for a forged request.
  const headers = { Referer: page.url() };
  const handout = await page.context().request.get((await asked).url(), { headers });
  assert.match(await handout.text(), /found[\s\S]*21/);
});

test("a new file of TypeScript is coloured as such", async () => {
  await openLauncher();
  await card("Other", "TypeScript File").click();
  const editor = page.locator(".jp-FileEditor:visible .cm-content");
  await editor.click();
  await page.keyboard.insertText("using x = y;");
  await editor.locator("span", { hasText: /^using$/ }).waitFor();
  await screenshot("file");
  await saveAs(OWN[1]);
  assert.ok(existsSync(join(REPOSITORY, OWN[1])));
});

test("all kernels are ended by one button, which asks", async () => {
  await page.getByRole("button", { name: "Shut Down All" }).click();
  await page.locator(".jp-Dialog .jp-mod-accept").click();
  await page.getByRole("button", { name: "Shut Down All", disabled: true }).waitFor();
  await page.close();
});

test("afterwards the last lesson is there, with its kernels", async () => {
  [page, ...notebooks] = await openLesson(browser, lab, FILES);
  await assertSideBySide();
});

test("Ctrl-C ends make lab and leaves no process", async () => {
  const processes = lab.processes();
  assert.ok(processes.length >= 4, "make, JupyterLab and two kernels");
  await lab.interrupt();
  while (processes.some(runs)) await setTimeout(20);
});
