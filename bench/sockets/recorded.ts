/**
 * The socket benchmark's programs on this project's `helpers/socket`, recorded and shared as in a notebook.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setRecording } from "../../helpers/record/record";
import { Store } from "../../helpers/record/record-store";
import "./helper";

const folder = mkdtempSync(join(tmpdir(), "bench-records-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
setRecording(true);
Store.open(folder);
