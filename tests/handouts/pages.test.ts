/**
 * The handouts in the browser: each page without a network, in light and dark, on a telephone and on a desk; and how a
 * reader gets them from JupyterLab.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../../tools/browser";
import { Lab, openLesson } from "../../tools/jupyterlab";

const REPOSITORY = resolve(__dirname, "../..");
const SCREENSHOTS = join(REPOSITORY, ".build/screenshots");
const AXE = require.resolve("axe-core/axe.min.js");

const folder = mkdtempSync(join(tmpdir(), "handouts-"));
let browser: Browser;
let pages: string[];

before(async () => {
  const python = join(REPOSITORY, ".venv/bin/python");
  const arguments_ = [join(REPOSITORY, "tools/handouts.py"), "--stored", "--output", folder];
  execFileSync(python, arguments_, { stdio: ["ignore", "ignore", "inherit"] });
  pages = readdirSync(folder).filter((file) => file.endsWith(".html"));
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page in a browser that has no network and no script of the page's own; axe's runs all the same. */
async function open(file: string, width: number, colorScheme: "light" | "dark") {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    offline: true,
  });
  const page = await context.newPage();
  /** What it has asked for by now. */
  const requests: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) requests.push(request.url());
  });
  await page.goto(pathToFileURL(join(folder, file)).href);
  return { page, requests };
}

/** The elements with a text that can be seen, one of each look: what the contrast of a text depends on. */
const LOOKS = `(() => {
  const looks = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const look = [color, fontSize, fontWeight];
    for (let behind = element; behind; behind = behind.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(behind);
      look.push(backgroundColor, backgroundImage, opacity);
    }
    looks.set(look.join(), element);
  }
  return [...looks.values()];
})()`;

/** What axe-core finds wrong: in the colours as they are now, or by all its other rules. */
async function violations(page: Page, what: "colours" | "all else"): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.addScriptTag({ path: AXE });
  const options = {
    resultTypes: ["violations"],
    ...(what === "colours"
      ? { runOnly: ["color-contrast"] }
      : { rules: { "color-contrast": { enabled: false } } }),
  };
  const context = what === "colours" ? LOOKS : "document";
  const results = await page.evaluate<AxeResults>(
    `axe.run(${context}, ${JSON.stringify(options)})`,
  );
  assert.ok(results.passes.length > (what === "colours" ? 0 : 10), "axe has looked at the page");
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

/** How many pixels wider than the window the page is. */
function overflow(page: Page): Promise<number> {
  return page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
}

/** Looks at a page as it is on a telephone in the light, and on a desk in the dark. */
async function look(file: string): Promise<void> {
  const { page, requests } = await open(file, 360, "light");
  assert.equal(await overflow(page), 0, `${file}, 360 px`);
  assert.deepEqual(await violations(page, "all else"), [], file);
  assert.deepEqual(await violations(page, "colours"), [], `${file}, light`);
  const broken = await page.evaluate<string[]>(
    "[...document.images].filter((img) => !img.naturalWidth || !img.alt).map((img) => img.src)",
  );
  assert.deepEqual(broken, [], file);
  await page.screenshot({ path: join(SCREENSHOTS, `${file}-360-light.png`) });
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.emulateMedia({ colorScheme: "dark" });
  assert.equal(await overflow(page), 0, `${file}, 1400 px`);
  assert.deepEqual(await violations(page, "colours"), [], `${file}, dark`);
  await page.screenshot({ path: join(SCREENSHOTS, `${file}-1400-dark.png`) });
  assert.deepEqual(requests, [pathToFileURL(join(folder, file)).href]);
  await page.context().close();
}

test("every page asks nobody for anything, fits, has all its pictures, and nothing that axe-core finds", async () => {
  assert.ok(pages.includes("index.html") && pages.includes("01-echo-reading.html"));
  for (const file of pages) await look(file);
});

test("a page has no script but the slides' own", () => {
  for (const file of pages) {
    const text = readFileSync(join(folder, file), "utf8");
    assert.doesNotMatch(text, /<script[^>]|\son[a-z]+=|<link [^>]*href="(?!data:,)/);
    const scripts = text.match(/<script>/g)?.length ?? 0;
    assert.equal(scripts, file.endsWith("-slides.html") ? 1 : 0, file);
  }
});

test("every link within the handouts leads to something", async () => {
  const ids = new Map<string, Set<string>>();
  for (const file of pages) {
    const page = readFileSync(join(folder, file), "utf8");
    ids.set(file, new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)));
  }
  const files = new Set(readdirSync(folder));
  for (const file of pages) {
    const page = readFileSync(join(folder, file), "utf8");
    for (const [, target] of page.matchAll(/<a [^>]*href="([^"]+)"/g)) {
      if (/^[a-z]+:|^\.\.\//.test(target)) continue;
      const [name, id] = target.split("#");
      assert.ok(name === "" || files.has(name), `${file}: ${target}`);
      if (id) assert.ok(ids.get(name || file)?.has(id), `${file}: ${target}`);
    }
  }
});

/** The places of the cells of the echo lesson, by their anchors. */
async function boxes(page: Page, ...ids: string[]) {
  return Promise.all(
    ids.map(async (id) => {
      const box = await page.locator(`#${id}`).boundingBox();
      assert.ok(box, id);
      return box;
    }),
  );
}

test("on a desk the server is on the left, and accept stands beside connect", async () => {
  const { page } = await open("01-echo-reading.html", 1400, "light");
  const [accept, connect, next] = await boxes(
    page,
    "server-accept",
    "client-connect",
    "server-ports",
  );
  assert.ok(accept.x < 700 && connect.x > 700);
  assert.ok(Math.abs(accept.y - connect.y) < 5);
  assert.ok(next.y > connect.y);
  await page.context().close();
});

test("on a telephone they stand one below the other, with a mark of who speaks", async () => {
  const { page } = await open("01-echo-reading.html", 360, "light");
  const [accept, connect] = await boxes(page, "server-accept", "client-connect");
  assert.ok(Math.abs(accept.x - connect.x) < 5);
  assert.ok(accept.y < connect.y);
  assert.match((await page.locator("#server-accept").textContent()) ?? "", /^\s*Server 10/);
  assert.match((await page.locator("#client-connect").textContent()) ?? "", /^\s*Client 5/);
  await page.context().close();
});

test("a line that is wrapped is marked, and its text is what it was", async () => {
  const { page } = await open("01-echo-reading.html", 360, "light");
  const code = page.locator("#client-connect ~ pre.code").first();
  const text = (await code.textContent()) ?? "";
  assert.match(text, /^import \{ connectWithin \} from "\.\.\/helpers\/patience";\n\n/);
  assert.doesNotMatch(text, /↪/);
  const line = code.locator(".line", { hasText: "await connectWithin" });
  assert.ok(((await line.boundingBox())?.height ?? 0) > 25, "it is wrapped");
  const mark = await page.evaluate<string>(
    "getComputedStyle(document.querySelector('#client-connect ~ pre.code .line'), '::before').content",
  );
  assert.match(mark, /↪/);
  await page.context().close();
});

test("in print the colours are those of paper, on pages of the pair's form", async () => {
  const { page } = await open("01-echo-reading.html", 1400, "dark");
  await page.emulateMedia({ media: "print" });
  const colour = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  assert.equal(colour, "rgb(255, 255, 255)");
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  const size = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf)?.slice(1).map(Number) ?? [];
  assert.deepEqual(size.map(Math.round), [842, 595], "A4, the wide way");
  await page.context().close();
});

/** The screen of the slides that is shown: its name, and what is to be read on it. */
async function screen(page: Page) {
  const shown = page.locator(".screen:visible");
  assert.equal(await shown.count(), 1);
  return { name: await shown.getAttribute("data-hash"), text: (await shown.textContent()) ?? "" };
}

test("the slides show one step a screen, both sides of it, and their place in the address", async () => {
  const { page } = await open("01-echo-slides.html", 1280, "light");
  assert.equal((await screen(page)).name, "title");
  await page.goto(`${page.url().split("#")[0]}#step-5`);
  const connect = await screen(page);
  assert.match(connect.text, /Server 10\s.*is running.*Client 5\s.*connectWithin/s);
  assert.deepEqual(await violations(page, "all else"), []);
  assert.deepEqual(await violations(page, "colours"), []);
  for (const [key, name] of [
    ["ArrowRight", "step-6"],
    ["PageDown", "step-7"],
    ["ArrowLeft", "step-6"],
    ["Space", "step-7"],
    ["Shift+Space", "step-6"],
    ["ArrowUp", "step-5"],
    ["Home", "title"],
  ]) {
    await page.keyboard.press(key);
    assert.equal((await screen(page)).name, name, key);
    assert.ok(page.url().endsWith(`#${name}`), page.url());
  }
  await page.keyboard.press("End");
  const last = await screen(page);
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await screen(page), last);
  await page.getByRole("button", { name: "Back" }).click();
  assert.notEqual((await screen(page)).name, last.name);
  await page.goto(`${page.url().split("#")[0]}#server-accept`);
  assert.equal((await screen(page)).name, "step-10");
  await page.context().close();
});

/** The ladder on the screen that is shown: where each of its parts begins and ends, and its height to its width. */
function ladder(page: Page) {
  return page.locator(".screen:visible .part").evaluateAll((parts) =>
    parts.map((part) => {
      const { top, bottom, width } = part.getBoundingClientRect();
      return { top, bottom, rows: (bottom - top) / width };
    }),
  );
}

test("in the slides a ladder grows with the steps, and is whole after the cell that draws it", async () => {
  const { page } = await open("01-echo-slides.html", 1280, "light");
  await page.setViewportSize({ width: 1280, height: 720 });
  const at = async (hash: string) => {
    await page.goto(`${page.url().split("#")[0]}#${hash}`);
    return ladder(page);
  };
  const grown: number[] = [];
  for (const step of ["step-2", "step-5", "step-7"]) {
    const [part, ...others] = await at(step);
    assert.deepEqual(others, []);
    grown.push(part.rows);
    assert.ok((await page.locator(".screen:visible .mark").count()) > 0, step);
  }
  assert.deepEqual(
    grown,
    grown.toSorted((one, other) => one - other),
  );
  assert.equal(new Set(grown).size, 3);
  const whole = await at("step-8-picture-1");
  assert.equal(whole.length, 2);
  for (const { top, bottom } of whole) assert.ok(top >= 0 && bottom <= 720);
  await page.keyboard.press("ArrowRight");
  assert.notEqual((await screen(page)).name, "step-8-picture-1");
  await page.context().close();
});

test("a ladder that has grown by more than there is room for comes in pieces, of which none is passed over", async () => {
  const { page } = await open("01-echo-slides.html", 1280, "light");
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(`${page.url().split("#")[0]}#step-7`);
  const shown: { from: number; to: number }[] = [];
  while ((await screen(page)).name === "step-7") {
    const [seen] = await page.locator(".screen:visible .part").evaluateAll((parts) =>
      parts.map((part) => {
        const { top, height } = part.getBoundingClientRect();
        const view = part.parentElement?.getBoundingClientRect();
        const hidden = Number(
          /inset\(0px 0px ([\d.]+)%/.exec(part.getAttribute("style") ?? "")?.[1],
        );
        const to = height * (1 - (hidden || 0) / 100);
        const from = (view?.top ?? 0) - top;
        return { from, to, foot: to - from - (view?.height ?? 0) };
      }),
    );
    assert.ok(seen && seen.foot < 2, "the last row is to be seen");
    shown.push(seen);
    await page.keyboard.press("ArrowRight");
  }
  assert.ok(shown.length > 1);
  for (const [at, { from, to }] of shown.slice(1).entries()) {
    assert.ok(from < shown[at].to && shown[at].to < to, JSON.stringify(shown));
  }
  await page.context().close();
});

test("a ladder that one cell has made grows by its rows", async () => {
  const { page } = await open("04-tcp-closing-slides.html", 1280, "light");
  const name = await page.evaluate<string>(
    "document.querySelector('.screen[data-growth]').dataset.hash",
  );
  await page.goto(`${page.url().split("#")[0]}#${name}`);
  const shown: number[] = [];
  while ((await screen(page)).name === name) {
    const [clip] = await page
      .locator(".screen:visible .part")
      .evaluateAll((parts) => parts.map((part) => part.getAttribute("style") ?? ""));
    shown.push(100 - Number(/inset\(0px 0px ([\d.]+)%/.exec(clip)?.[1] ?? 0));
    await page.keyboard.press("ArrowRight");
  }
  assert.ok(shown.length > 5 && shown[0] < 50, String(shown));
  assert.equal(shown.at(-1), 100);
  assert.deepEqual(
    shown,
    shown.toSorted((one, other) => one - other),
  );
  await page.keyboard.press("ArrowLeft");
  assert.equal((await screen(page)).name, name, "it comes back whole");
  await page.context().close();
});

test("on a projector nothing of a slide is cut, or it can be scrolled; a ladder's text can be read", async () => {
  for (const file of pages.filter((name) => name.endsWith("-slides.html"))) {
    const { page } = await open(file, 1280, "dark");
    for (const [width, height] of [
      [1280, 720],
      [1920, 1080],
    ]) {
      await page.setViewportSize({ width, height });
      const found = await page.evaluate<{ cut: string[]; small: string[] }>(`(() => {
        const cut = [];
        const small = [];
        for (const [index, screen] of screens.entries()) {
          show(index, 1);
          const { hash } = screen.dataset;
          for (const one of screen.querySelectorAll(".panel, .view, .panel *")) {
            const { right, bottom } = one.getBoundingClientRect();
            const isBox = one.matches(".panel, .view");
            if (right > innerWidth || (isBox && bottom > innerHeight)) cut.push(hash);
          }
          for (const part of screen.querySelectorAll(".part")) {
            // In its own coordinates it is 11 pixels high.
            if (part.clientWidth < part.style.getPropertyValue("--width")) small.push(hash);
          }
        }
        return { cut, small };
      })()`);
      assert.deepEqual(found, { cut: [], small: [] }, `${file}, ${width} x ${height}`);
      assert.equal(await overflow(page), 0, file);
    }
    await page.context().close();
  }
});

test("JupyterLab's menu offers the handouts, and nothing that cannot work here", async () => {
  const lab = await Lab.start("01-echo");
  try {
    const [page, server] = await openLesson(browser, lab, [
      "01-echo-server.ipynb",
      "01-echo-client.ipynb",
    ]);
    await server.panel.locator(".jp-Cell").first().click();
    const item = (label: string) =>
      page.locator(".lm-Menu-item", { has: page.getByText(label, { exact: true }) });
    const formats = page.locator('[data-command="notebook:export-to-format"]');
    const openMenu = async () => {
      await page.getByRole("menuitem", { name: "File", exact: true }).click();
      await item("Save and Export Notebook As").hover();
      await item("Handout (HTML)").waitFor();
    };
    await openMenu();
    assert.deepEqual((await formats.allTextContents()).sort(), [
      "Executable Script",
      "HTML",
      "Handout (HTML)",
      "Handout (PDF)",
      "Markdown",
      "Reveal.js Slides",
    ]);
    // A browser without a window does not download from one that it opens, so the address is asked for here.
    await page.evaluate("window.open = (address) => { window.opened = address; }");
    for (const file of ["01-echo-reading.html", "01-echo-reading.pdf"]) {
      await page.evaluate("window.opened = undefined");
      await item(file.endsWith("html") ? "Handout (HTML)" : "Handout (PDF)").click();
      await page.waitForFunction("window.opened");
      const address = await page.evaluate<string>("window.opened");
      const answer = await page.request.get(address, { headers: { Referer: page.url() } });
      assert.equal(answer.status(), 200, address);
      assert.match(answer.headers()["content-disposition"], new RegExp(`^attachment.*''${file}$`));
      assert.deepEqual(await answer.body(), readFileSync(join(folder, file)));
      if (file.endsWith("html")) await openMenu();
    }
    await page.close();
  } finally {
    await lab.interrupt();
  }
});
