/** Files whose times are looked at when TypeScript is asked for something, as a watcher of the system may be late. */
import { statSync } from "node:fs";
import ts from "typescript";

interface Watch {
  file: string;
  notify: ts.FileWatcherCallback;
  state: string;
}

export class WatchedFiles {
  readonly #watches = new Set<Watch>();

  /** Watches a file or a folder, which may be missing; one may be watched several times. */
  watch(file: string, notify: ts.FileWatcherCallback = () => {}): ts.FileWatcher {
    // What is installed does not change under a running kernel.
    if (file.includes("/node_modules/")) return { close() {} };
    const watch = { file, notify, state: stateOf(file) };
    this.#watches.add(watch);
    return { close: () => void this.#watches.delete(watch) };
  }

  /** Tells of each file that has changed; whether there was one. */
  refresh(): boolean {
    let changed = false;
    for (const watch of [...this.#watches]) {
      const { file, notify, state: before } = watch;
      const now = stateOf(file);
      if (now === before) continue;
      notify(file, kindOfChange(before, now));
      watch.state = now;
      changed = true;
    }
    return changed;
  }
}

function kindOfChange(before: string, now: string): ts.FileWatcherEventKind {
  if (now === "") return ts.FileWatcherEventKind.Deleted;
  return before === "" ? ts.FileWatcherEventKind.Created : ts.FileWatcherEventKind.Changed;
}

export function stateOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}:${stat.size}:${stat.ino}` : "";
}
