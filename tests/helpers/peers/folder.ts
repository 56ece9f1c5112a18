/**
 * A place for files, and for the paths of Unix-domain sockets.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Scope } from "./python";

/** A new folder, deleted when its test ends. */
export function folder(scope: Scope): string {
  const made = mkdtempSync(join(tmpdir(), "helpers-"));
  scope.after(() => rmSync(made, { recursive: true }));
  return made;
}
