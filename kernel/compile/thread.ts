/** The compiler thread: serves a compiler to the other two. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { serve } from "../remote";
import type { CompilerData } from "../threads";
import { Compiler } from "./compiler";

const { folder, messaging } = workerData as CompilerData;
const compiler = new Compiler(folder);
serve(parentPort as MessagePort, compiler);
serve(messaging, compiler);
