/** The compiler as a thread of the kernel. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { loadBundle } from "./bundle";
import { serveCompiler } from "./serving";

const { Compiler } = loadBundle()?.module ?? (require("./compiler") as typeof import("./compiler"));
serveCompiler(new Compiler(workerData as string), parentPort as MessagePort);
