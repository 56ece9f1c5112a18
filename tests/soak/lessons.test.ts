/**
 * Every lesson as `make lab PAIR=NN-topic` opens it, a pair in two kernels: "Run All", the client first, gets to the
 * end, nothing is cut without a sign, and the reader sees the verdicts that notebooks/claims.json has. PAIR narrows it to
 * one lesson.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../tools/browser";
import { Lab, openLesson } from "../../tools/jupyterlab";
import type { Notebook } from "../../tools/nbformat";

const NOTEBOOKS = resolve(__dirname, "../../notebooks");

interface Claim {
  id: string;
  notebook: string;
  cell: string;
  says: string;
  verdict?: string;
}

const claims: Claim[] = JSON.parse(readFileSync(join(NOTEBOOKS, "claims.json"), "utf8"));
const files = readdirSync(NOTEBOOKS).filter((file) => file.endsWith(".ipynb"));
const stored = new Map(files.map((file) => [file, readFileSync(join(NOTEBOOKS, file), "utf8")]));

/** The verdicts of a notebook that do not depend on the machine, as its cells show them, with the claims in words. */
function verdicts(file: string): [found: string, says: string][] {
  const { cells } = JSON.parse(stored.get(file) as string) as Notebook;
  const anywhere = new Set(
    cells.filter(({ metadata }) => !metadata.tags?.includes("this-machine")).map(({ id }) => id),
  );
  return claims
    .filter(({ notebook, cell, verdict }) => {
      return notebook === file && anywhere.has(cell) && verdict && verdict !== "not tried";
    })
    .map(({ verdict, says }) => [verdict as string, `: ${says}`]);
}

let lab: Lab;
let browser: Browser;

before(async () => {
  lab = await Lab.start("00-start-here");
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await lab?.interrupt();
});

const lessonOf = (file: string) => file.replace(/(-server|-client)?\.ipynb$/, "");

const lessons = [...new Set(files.map(lessonOf))].sort();
for (const lesson of lessons.filter((name) => name.includes(process.env.PAIR ?? ""))) {
  test(lesson, async () => {
    const own = files.filter((file) => lessonOf(file) === lesson);
    try {
      const [page, ...notebooks] = await openLesson(browser, lab.lesson(lesson), own);
      for (const notebook of notebooks) await notebook.clearOutputs();
      for (const notebook of [...notebooks].reverse()) await notebook.runAll();
      for (const notebook of notebooks) await notebook.ranAll(1);
      for (const [index, notebook] of notebooks.entries()) {
        assert.deepEqual(await notebook.cut(), []);
        const lines = await notebook.output();
        for (const [found, says] of verdicts(own[index])) {
          assert.ok(
            lines.some((line) => line.startsWith(found) && line.includes(says)),
            `${own[index]} does not show "${found}${says}"`,
          );
        }
      }
      await page.close();
    } finally {
      await lab.shutDownKernels();
      // JupyterLab saves by itself what has been open for two minutes.
      for (const file of own) writeFileSync(join(NOTEBOOKS, file), stored.get(file) as string);
    }
  });
}
