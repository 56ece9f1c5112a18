/** The compiler as a thread of the kernel. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { loadBundle } from "./bundle";
import { Serving } from "./serving";

const { Compiler } = loadBundle()?.module ?? (require("./compiler") as typeof import("./compiler"));
new Serving().begin(new Compiler(workerData as string), parentPort as MessagePort);
