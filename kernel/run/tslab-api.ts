/** The module `tslab` as cells import it: its display functions, which here show under the cell that calls them. */
import { randomUUID } from "node:crypto";
import type * as tslab from "tslab";
import { currentRun } from "./cell-run";

const MIME_TYPES = {
  javascript: "text/javascript",
  html: "text/html",
  markdown: "text/markdown",
  latex: "text/latex",
  svg: "image/svg+xml",
  png: "image/png",
  jpeg: "image/jpeg",
  gif: "image/gif",
  pdf: "application/pdf",
  text: "text/plain",
} as const;

function display(id?: string): tslab.Display {
  let shown = false;
  const raw = (type: string, data: string | Uint8Array): void => {
    const run = currentRun();
    if (!run) throw new Error("display: no cell is running");
    run.display({ [type]: data }, { id, update: id !== undefined && shown });
    shown = true;
  };
  const byName = Object.entries(MIME_TYPES).map(([name, type]) => [
    name,
    (data: string | Uint8Array) => raw(type, data),
  ]);
  return { ...Object.fromEntries(byName), raw };
}

export function tslabApi(versions: typeof tslab.versions): typeof tslab {
  return { versions, display: display(), newDisplay: () => display(randomUUID()) };
}
