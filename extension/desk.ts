/**
 * Where notebooks are put, so that what is read together stands side by side.
 *
 * @module
 */
import type { ILabShell, Place } from "@jupyterlab/application";
import type { DocumentWidget, IDocumentManager } from "@jupyterlab/docmanager";
import type { Widget } from "@lumino/widgets";

export class Desk {
  readonly #shell: ILabShell;
  readonly #documents: IDocumentManager;

  constructor(shell: ILabShell, documents: IDocumentManager) {
    this.#shell = shell;
    this.#documents = documents;
  }

  /** Whether nothing is open but what offers to open something. */
  isEmpty(): boolean {
    return [...this.#shell.widgets("main")].every(isLauncher);
  }

  /** Shows one notebook, or two side by side, a server's on the left. Others that are open stay so, behind them. */
  show([first, second]: readonly string[]): void {
    const launchers = [...this.#shell.widgets("main")].filter(isLauncher);
    const left = this.#open(first, this.#visible()[0]);
    const right = left && second ? this.#openBeside(second, left) : undefined;
    if (left && right && this.#visible().indexOf(right) < this.#visible().indexOf(left)) {
      this.#shell.add(left, "main", over(right));
      this.#putBeside(right, left);
    }
    for (const launcher of launchers) launcher.close();
    // What is opened takes the focus when its content is there.
    void right?.revealed.then(() => left && this.#shell.activateById(left.id));
  }

  /** Shows a notebook beside the one with a link to it, not over that, at the place that the link names. */
  follow(link: HTMLElement, path: string, fragment: string): void {
    const origin = [...this.#shell.widgets("main")].find(({ node }) => node.contains(link));
    const isItself = origin && this.#documents.contextForWidget(origin)?.path === path;
    const shown = origin && !isItself ? this.#openBeside(path, origin) : this.#open(path, origin);
    if (fragment) shown?.setFragment(fragment);
  }

  /** Opens a notebook in the area in which `widget` is, or shows it where it is already. */
  #open(path: string, widget: Widget | undefined): DocumentWidget | undefined {
    return this.#documents.openOrReveal(path, "default", undefined, widget ? over(widget) : {});
  }

  /** Opens a notebook so that it and `one`, which is seen, are seen at once. */
  #openBeside(path: string, one: Widget): DocumentWidget | undefined {
    const place = this.#beside(one);
    const shown = this.#documents.openOrReveal(path, "default", undefined, place);
    // It was open already, in the same area.
    if (shown && !one.isVisible) this.#putBeside(shown, one);
    return shown;
  }

  #putBeside(widget: Widget, one: Widget): void {
    this.#shell.activateById(one.id);
    this.#shell.add(widget, "main", this.#beside(one));
    this.#shell.activateById(widget.id);
  }

  /** The last area in which `one` is not; a new one, if there is none. */
  #beside(one: Widget): Place {
    const other = this.#visible().findLast((widget) => widget !== one);
    return other ? over(other) : { mode: "split-right", ref: one.id };
  }

  /** What is seen, one in each area, in the order of the areas, which is from left to right. */
  #visible(): Widget[] {
    return [...this.#shell.widgets("main")].filter(({ isVisible }) => isVisible);
  }
}

function over({ id }: Widget): Place {
  return { mode: "tab-after", ref: id };
}

function isLauncher({ id }: Widget): boolean {
  return id.startsWith("launcher-");
}
