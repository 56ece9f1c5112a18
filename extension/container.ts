/**
 * What JupyterLab's page loads first: it registers the extension under its name, as webpack's module federation would.
 *
 * @module
 */
import { loadShared, type ShareScope } from "./shared-modules";

interface Container {
  init(scope: ShareScope): void;
  get(module: string): Promise<() => object>;
}

declare global {
  /** The name of the extension, which is the project's: tools/extension.ts puts it in. */
  const NAME: string;

  interface Window {
    /** The extensions that were loaded, by their names. */
    _JUPYTERLAB?: Record<string, Container>;
  }
}

let scope: ShareScope = {};

window._JUPYTERLAB ??= {};
window._JUPYTERLAB[NAME] = {
  init(given) {
    scope = given;
  },
  async get() {
    await loadShared(scope);
    // Only now, as what it imports is looked up when it is run.
    const { plugins } = await import("./plugins");
    return () => plugins;
  },
};
