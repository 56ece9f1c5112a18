/**
 * Writes V8's cache for the bundle: of all that the first cells of a lesson need.
 *
 * Usage: node bundle-cache.js
 */
import { writeFileSync } from "node:fs";
import { keepHeapsSmall } from "../heap";
import { bundleFiles, loadBundle } from "./bundle";
import { warmUp } from "./warm-up";

keepHeapsSmall();
const bundle = loadBundle();
if (bundle) {
  warmUp(bundle.module.Compiler).complete("", "console.l", 9);
  writeFileSync(bundleFiles().cache, bundle.script.createCachedData());
}
