/**
 * Takes the README's picture: the echo pair side by side, after "Run All" in both notebooks.
 *
 *     node --require ts-node/register/transpile-only tools/screenshot.ts docs/side-by-side.png
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import { launchBrowser } from "./browser";
import { Lab, openLesson } from "./jupyterlab";

/** A line of the cell to be shown of each notebook. */
const SHOWN = ["await listener.accept()", "await sock.recv(16)"];
const FILES = ["01-echo-server.ipynb", "01-echo-client.ipynb"];

async function main(path: string | undefined): Promise<void> {
  if (path === undefined) {
    console.error("usage: screenshot.ts FILE.png");
    process.exit(2);
  }
  const lab = await Lab.start("01-echo");
  const browser = await launchBrowser();
  try {
    const [page, ...notebooks] = await openLesson(browser, lab, FILES);
    for (const notebook of notebooks) await notebook.clearOutputs();
    for (const notebook of notebooks) await notebook.runAll();
    for (const notebook of notebooks) await notebook.ranAll(1);
    await page.setViewportSize({ width: 1280, height: 800 });
    for (const [index, { panel }] of notebooks.entries()) {
      const cell = panel.locator(".jp-CodeCell", { hasText: SHOWN[index] }).first();
      // What JupyterLab has not yet drawn takes its place only when it comes into view, and moves the rest.
      for (let turn = 0; turn < 5; turn++) {
        await cell.evaluate((element) => element.scrollIntoView({ block: "center" }));
        await setTimeout(200);
      }
    }
    await page.screenshot({ path });
  } finally {
    await browser.close();
    await lab.interrupt();
  }
}

main(process.argv[2]);
