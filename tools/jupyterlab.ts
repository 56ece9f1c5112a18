/**
 * JupyterLab as `make lab` starts it, looked at in a browser.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { Child } from "./child";

const REPOSITORY = resolve(__dirname, "..");

/** Milliseconds that JupyterLab may take for one thing: to show its page, to bring up a kernel, to open a menu. */
const PATIENCE = 60_000;

/** Milliseconds that a pair may take for its conversation; a client alone waits up to 30 s for its server. */
const CONVERSATION = 120_000;

/** A running `make lab`. */
export class Lab {
  readonly #make: Child;
  readonly #state: string;
  /** The address that it printed: the lesson's workspace, with the token. */
  readonly address: string;

  private constructor(make: Child, state: string, address: string) {
    this.#make = make;
    this.#state = state;
    this.address = address;
  }

  /**
   * Runs `make lab`, for a lesson if one is named, in a process group of its own as a terminal does, until it prints its
   * address. What it keeps beside the notebooks, its servers, kernels, workspaces and settings, nobody else finds, so that
   * it starts as at the first time; and it saves no notebook by itself.
   */
  static async start(lesson?: string): Promise<Lab> {
    const state = mkdtempSync(join(tmpdir(), "jupyterlab-"));
    const settings = join(state, "settings", "@jupyterlab", "docmanager-extension");
    mkdirSync(settings, { recursive: true });
    writeFileSync(join(settings, "plugin.jupyterlab-settings"), '{ "autosave": false }');
    const folders = [
      `JUPYTER_RUNTIME_DIR=${join(state, "runtime")}`,
      `JUPYTERLAB_WORKSPACES_DIR=${join(state, "workspaces")}`,
      `JUPYTERLAB_SETTINGS_DIR=${join(state, "settings")}`,
    ];
    const make = new Child(["make", "lab", ...(lesson ? [`PAIR=${lesson}`] : []), ...folders], {
      cwd: REPOSITORY,
      env: { ...process.env, BROWSER: "none" },
      detached: true,
      stderr: "inherit",
    });
    for (;;) {
      const address = /http:\S+token=\S+/.exec(await make.hear());
      if (address) return new Lab(make, state, address[0]);
    }
  }

  /** The address of another lesson's workspace. */
  lesson(name: string): { address: string } {
    return { address: this.#at(`/lab/workspaces/${name}`) };
  }

  /** Ends every kernel, as "Shut Down All Kernels" does. */
  async shutDownKernels(): Promise<void> {
    const sessions = (await (await fetch(this.#at("/api/sessions"))).json()) as { id: string }[];
    for (const { id } of sessions)
      await fetch(this.#at(`/api/sessions/${id}`), { method: "DELETE" });
  }

  #at(path: string): string {
    const address = new URL(this.address);
    address.pathname = path;
    address.searchParams.delete("reset");
    return address.href;
  }

  /** The processes that it consists of now: make, JupyterLab, the kernels and what they started. */
  processes(): number[] {
    const found = [this.#make.pid as number];
    const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
    const rows = table
      .trim()
      .split("\n")
      .map((row) => row.trim().split(/\s+/).map(Number));
    for (const parent of found) {
      found.push(...rows.filter(([, ppid]) => ppid === parent).map(([pid]) => pid as number));
    }
    return found;
  }

  /** Presses Ctrl-C: a SIGINT to its process group. Returns when make has ended. */
  async interrupt(): Promise<void> {
    await this.#make.kill("SIGINT");
    rmSync(this.#state, { recursive: true, force: true });
  }
}

/** One notebook of the page. */
export class NotebookView {
  readonly #page: Page;
  readonly #file: string;
  readonly panel: Locator;

  /** The notebook in the file of this name, as its tab shows it. */
  constructor(page: Page, file: string) {
    this.#page = page;
    this.#file = file;
    this.panel = page.getByRole("tabpanel", { name: file });
  }

  /** Waits until the notebook has its kernel, and this is idle. Without one JupyterLab shows idle too. */
  async idle(): Promise<void> {
    await this.panel.locator(".jp-Toolbar-kernelName", { hasText: "TypeScript" }).waitFor();
    await this.panel.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").waitFor();
  }

  /** Chooses a command of a menu for this notebook. */
  async #choose(menu: string, command: string): Promise<void> {
    const current = this.#page.locator(".lm-TabBar-tab.jp-mod-current", { hasText: this.#file });
    const menuItem = this.#page.getByRole("menuitem", { name: menu, exact: true });
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      await this.panel.locator(".jp-Cell").first().click();
      await menuItem.click();
      // Another notebook that has just begun to run all its cells takes the focus once more.
      if ((await current.count()) > 0) break;
      if (Date.now() > deadline) throw new Error(`${this.#file} does not become the current one`);
      await this.#page.keyboard.press("Escape");
    }
    await this.#page.locator(`[data-command="${command}"]`).click();
  }

  /** Chooses "Clear Outputs of All Cells", so that what is read later is not what was stored. */
  async clearOutputs(): Promise<void> {
    await this.#choose("Edit", "editmenu:clear-all");
    await this.panel.locator(".jp-OutputArea-child").first().waitFor({ state: "detached" });
  }

  /** Chooses "Run All Cells". Returns without waiting for the cells. */
  async runAll(): Promise<void> {
    await this.#choose("Run", "runmenu:run-all");
  }

  /**
   * Waits until "Run All" has run every code cell, and this for the `times`th time in one kernel: until each carries
   * the number that it then has. One whose source is hidden shows none.
   */
  async ranAll(times: number): Promise<void> {
    const deadline = Date.now() + CONVERSATION;
    for (;;) {
      const prompts = await this.prompts();
      const numbers = prompts.map((prompt, index) =>
        prompt === "" ? "" : `[${prompts.length * (times - 1) + index + 1}]:`,
      );
      if (prompts.length > 0 && prompts.join() === numbers.join()) return await this.idle();
      if (Date.now() > deadline) {
        const printed = (await this.output()).slice(-10).join("\n");
        throw new Error(
          `Not all cells ran: ${prompts.join(" ")}\nThe last lines printed are\n${printed}`,
        );
      }
      await setTimeout(100);
    }
  }

  /** The code cell at this place, counted from 0. */
  cell(index: number): Locator {
    return this.panel.locator(".jp-CodeCell").nth(index);
  }

  /** The code cell in which this text stands, below or above. */
  cellWith(text: string | RegExp): Locator {
    return this.panel.locator(".jp-CodeCell", { hasText: text });
  }

  /** Runs one code cell, and waits until it has ended. */
  async run(given: number | Locator): Promise<void> {
    const cell = typeof given === "number" ? this.cell(given) : given;
    const prompt = cell.locator(".jp-InputPrompt");
    const before = await prompt.textContent();
    await cell.locator(".cm-content").click();
    await this.#page.keyboard.press("Control+Enter");
    const deadline = Date.now() + PATIENCE;
    for (let now = before; now === before || now === "[*]:"; now = await prompt.textContent()) {
      if (Date.now() > deadline) throw new Error(`The cell has not ended: ${now}`);
      await setTimeout(50);
    }
    await this.idle();
  }

  /** What one code cell shows below itself, line by line. */
  async outputOf(index: number): Promise<string[]> {
    const shown = await this.cell(index).locator(".jp-OutputArea-output").allTextContents();
    return shown.flatMap((text) => text.trimEnd().split("\n"));
  }

  /**
   * What is cut in the cells that are drawn, with no sign of it: what is wider than it shows, has no dots and cannot be
   * scrolled; and what leaves the notebook.
   */
  cut(): Promise<string[]> {
    return this.panel.locator(".jp-Notebook").evaluate((notebook) => {
      const edge = notebook.getBoundingClientRect().right + 1;
      const view = notebook.ownerDocument.defaultView as NonNullable<
        typeof notebook.ownerDocument.defaultView
      >;
      const style = (element: typeof notebook) => view.getComputedStyle(element);
      const isScrolled = (element: typeof notebook | null): boolean =>
        element !== null &&
        element !== notebook &&
        (/auto|scroll/.test(style(element).overflowX) || isScrolled(element.parentElement));
      const found = [...notebook.querySelectorAll(".jp-Cell *")] as (typeof notebook)[];
      return found
        .filter((element) => {
          const { overflowX, textOverflow, visibility } = style(element);
          if (visibility === "hidden") return false;
          const isCut = /hidden|clip/.test(overflowX) && textOverflow !== "ellipsis";
          if (isCut && element.clientWidth > 0) {
            return element.scrollWidth > element.clientWidth + 1;
          }
          return element.getBoundingClientRect().right > edge && !isScrolled(element);
        })
        .map((element) => `${element.tagName}.${element.className}: ${element.textContent}`);
    });
  }

  /** The prompts of the code cells, as "[1]:"; "[*]:" is one that runs or waits for its turn. */
  prompts(): Promise<string[]> {
    return this.panel.locator(".jp-CodeCell .jp-InputPrompt").allTextContents();
  }

  /** The prompts beside the results of code cells. */
  resultPrompts(): Promise<string[]> {
    return this.panel.locator(".jp-OutputArea-executeResult .jp-OutputPrompt").allTextContents();
  }

  /** Everything that the code cells show below themselves, line by line. */
  async output(): Promise<string[]> {
    const outputs = await this.panel.locator(".jp-OutputArea-output").allTextContents();
    return outputs.flatMap((text) => text.split("\n"));
  }
}

/** Opens the page at a Lab's address, and waits until the notebooks of these names are there and their kernels idle. */
export async function openLesson(
  browser: Browser,
  lab: Pick<Lab, "address">,
  files: string[],
): Promise<[Page, ...NotebookView[]]> {
  // A projector's.
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.setDefaultTimeout(PATIENCE);
  await page.goto(lab.address);
  const notebooks = files.map((file) => new NotebookView(page, file));
  for (const notebook of notebooks) await notebook.idle();
  return [page, ...notebooks];
}
