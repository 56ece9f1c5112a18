/**
 * The modules that the page has already, and that all extensions share: JupyterLab's own, Lumino's and CodeMirror's.
 * They are looked up when the page loads this extension; tools/extension.ts has each import of one lead to here.
 *
 * @module
 */

export const SHARED = [
  "@codemirror/language",
  "@codemirror/state",
  "@codemirror/view",
  "@jupyterlab/application",
  "@jupyterlab/codemirror",
  "@jupyterlab/coreutils",
  "@jupyterlab/docmanager",
  "@jupyterlab/filebrowser",
  "@jupyterlab/launcher",
  "@jupyterlab/mainmenu",
  "@jupyterlab/notebook",
  "@jupyterlab/rendermime",
  "@jupyterlab/services",
  "@jupyterlab/settingregistry",
  "@jupyterlab/ui-components",
  "@lezer/common",
  "@lezer/highlight",
  "@lumino/coreutils",
  "@lumino/widgets",
] as const;

type Name = (typeof SHARED)[number];

/** What webpack's module federation gives: a package's versions, each with a function that loads it. */
export type ShareScope = Record<
  string,
  Record<string, { get(): Promise<() => object> | (() => object) }> | undefined
>;

const loaded = new Map<Name, object>();

/** Loads them all. Throws an Error that names one that is not there. */
export async function loadShared(scope: ShareScope): Promise<void> {
  await Promise.all(
    SHARED.map(async (name) => {
      const [version] = Object.values(scope[name] ?? {});
      if (!version) throw new Error(`This JupyterLab has no ${name}`);
      loaded.set(name, (await version.get())());
    }),
  );
}

/** One that has been loaded. */
export function shared(name: Name): object | undefined {
  return loaded.get(name);
}
