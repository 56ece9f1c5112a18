/** The compiler thread: serves a compiler to the other two. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { serve } from "../remote";
import type { CompilerData } from "../threads";
import { loadBundle } from "./bundle";

/** Without a request for so long, in milliseconds, the compiler is at rest. */
const QUIET = 1000;

const { folder, messaging } = workerData as CompilerData;
const { Compiler } = loadBundle()?.module ?? (require("./compiler") as typeof import("./compiler"));
const compiler = new Compiler(folder);
serve(parentPort as MessagePort, compiler);
serve(messaging, compiler);

// What this kernel compiles, others need not: it is kept while nobody waits for an answer.
const keepSoon = () => setTimeout(keepNext, QUIET).unref();
let timer = keepSoon();
for (const port of [parentPort as MessagePort, messaging]) {
  port.on("message", () => {
    clearTimeout(timer);
    timer = keepSoon();
  });
}

function keepNext(): void {
  if (compiler.keepHelper()) timer = setTimeout(keepNext, 0).unref();
}
