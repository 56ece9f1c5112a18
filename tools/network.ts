/**
 * Holds a network: captures what travels on it for the kernels that are in it, until its standard input ends, which is
 * when the last of them has ended. Then the folder that it was given is removed.
 *
 * @module
 */
import { rmSync } from "node:fs";
import { OwnTap, offerCapture } from "../helpers/capture/tap";

const [folder] = process.argv.slice(2);
offerCapture(new OwnTap(), folder);
process.stdin.resume().on("end", () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit();
});
