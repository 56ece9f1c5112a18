/**
 * The pictures as a reader sees them: two ladders in one page, and the other kinds, on a light page and on a dark one,
 * in the page itself and as images, which is how JupyterLab shows them.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../../tools/browser";
import { joined, readNotebook } from "../../tools/nbformat";

const NOTEBOOKS = resolve(__dirname, "../../notebooks");
const SCREENSHOTS = resolve(__dirname, "../../.build/screenshots");

/** The picture that a cell of a stored notebook shows. */
function picture(notebook: string, cell: string): string {
  const { cells } = readNotebook(join(NOTEBOOKS, `${notebook}.ipynb`));
  const outputs = cells.find(({ id }) => id === cell)?.outputs ?? [];
  const found = outputs.map(({ data }) => data?.["image/svg+xml"]).find((svg) => svg !== undefined);
  assert.ok(found, `${cell} of ${notebook} shows a picture`);
  return joined(found);
}

const LADDERS = [picture("01-echo-client", "drawn"), picture("01-echo-client", "queued")];
const OTHERS = [
  picture("03-choosing-an-address-client", "refusal"),
  picture("04-tcp-closing", "observed"),
  picture("04-streams-recv", "sweep-drawn"),
];
const PAGES = { light: "#ffffff", dark: "#111111" };

/** What is used of an `HTMLImageElement`. */
interface BrowserImage {
  readonly naturalWidth: number;
  /** Comes back when the browser has read the picture, and fails where it cannot. */
  decode(): Promise<void>;
}

let browser: Browser;

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
});

async function open(background: string, body: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 760, height: 900 } });
  await page.setContent(`<body style="margin: 12px; background: ${background}">${body}</body>`);
  return page;
}

const asImage = (svg: string) =>
  `<img src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`;

for (const [name, background] of Object.entries(PAGES)) {
  for (const [what, pictures] of Object.entries({ ladders: LADDERS, others: OTHERS })) {
    test(`two ladders, or other pictures, on one page: ${what}, ${name}`, async () => {
      const page = await open(background, pictures.map(asImage).join("<p>"));
      const widths = await page.locator("img").evaluateAll((all) =>
        Promise.all(
          (all as unknown as BrowserImage[]).map(async (image) => {
            await image.decode();
            return image.naturalWidth;
          }),
        ),
      );
      assert.equal(widths.length, pictures.length);
      for (const width of widths) assert.ok(width > 500, "the browser has drawn it");
      await page.screenshot({ path: join(SCREENSHOTS, `${what}-${name}.png`), fullPage: true });
      await page.close();
    });
  }
}

test("two ladders in one page share no id", async () => {
  const page = await open(PAGES.light, LADDERS.join("<p>"));
  const ids = await page.locator("[id]").evaluateAll((all) => all.map(({ id }) => id));
  assert.equal(ids.length, 4);
  assert.equal(new Set(ids).size, ids.length);
  await page.close();
});

test("no text lies over another, and none leaves its picture", async () => {
  for (const svg of [...LADDERS, ...OTHERS]) {
    const page = await open(PAGES.light, svg);
    const whole = await page.locator("svg").first().boundingBox();
    assert.ok(whole);
    const texts = page.locator("svg text");
    const boxes: { text: string; left: number; right: number; top: number; bottom: number }[] = [];
    for (const text of await texts.all()) {
      const box = await text.boundingBox();
      const content = (await text.textContent()) ?? "";
      if (!box || content.trim() === "") continue;
      // A line box is higher than its letters.
      const inset = box.height * 0.22;
      boxes.push({
        text: content,
        left: box.x,
        right: box.x + box.width,
        top: box.y + inset,
        bottom: box.y + box.height - inset,
      });
    }
    assert.ok(boxes.length > 5);
    for (const [index, one] of boxes.entries()) {
      assert.ok(
        one.left >= whole.x && one.right <= whole.x + whole.width,
        `"${one.text}" leaves it`,
      );
      for (const other of boxes.slice(index + 1)) {
        const apart =
          one.right <= other.left ||
          other.right <= one.left ||
          one.bottom <= other.top ||
          other.bottom <= one.top;
        assert.ok(apart, `"${one.text}" and "${other.text}"`);
      }
    }
    await page.close();
  }
});

test("arrows reach from one lifeline to the other, at the height of the call that caused them", async () => {
  const page = await open(PAGES.light, LADDERS[0]);
  const lines = await page
    .locator("svg line")
    .evaluateAll((all) =>
      all.map((line) => ["x1", "y1", "x2", "y2"].map((name) => Number(line.getAttribute(name)))),
    );
  const lifelines = lines.filter(([x1, , x2]) => x1 === x2).map(([x]) => x);
  const wires = lines.filter(([, y1, , y2]) => y1 === y2);
  const calls = await page
    .locator("svg rect:not([fill='#fffffb'])")
    .evaluateAll((all) =>
      all.map((box) => ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)))),
    );
  const [left, right] = lifelines.sort((a, b) => a - b);
  assert.ok(wires.length > 5 && left < right);
  for (const [x1, y, x2] of wires) {
    assert.ok(Math.abs(Math.min(x1, x2) - left) < 20 && Math.abs(right - Math.max(x1, x2)) < 20);
    const isMet = calls.some(([x, top, width, height]) => {
      return (
        Math.abs(x + width / 2 - (x1 < x2 ? left : right)) < 20 && top <= y && y <= top + height
      );
    });
    const isAnswer = calls.some(([, top, , height]) => top <= y && y <= top + height);
    assert.ok(isMet || isAnswer, `nothing causes the arrow at ${y}`);
  }
  await page.close();
});
