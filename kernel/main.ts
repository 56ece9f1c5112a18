/**
 * The kernel's main thread: starts the others, and runs the cells.
 *
 * Usage: node main.js CONNECTION_FILE
 */
import { randomUUID } from "node:crypto";
import { readFileSync, writeSync } from "node:fs";
import * as path from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import type { CompilerClient } from "./compile/client";
import { keepHeapsSmall } from "./heap";
import { SIGNAL_THREAD_OPTIONS } from "./messaging/signals";
import { connect } from "./remote";
import { offerCurrentCell } from "./run/cell-run";
import { offerTermination } from "./run/endless-javascript";
import { ExecuteQueue } from "./run/execute-queue";
import { Execution } from "./run/execution";
import { Executor } from "./run/executor";
import { FrontEnds } from "./run/front-ends";
import { keepFunctionTexts } from "./run/function-text";
import { takeInheritedOutput } from "./run/inherited-output";
import { Interrupts } from "./run/interrupts";
import { LateErrors } from "./run/late-errors";
import { noteNamedPipes } from "./run/named-pipes";
import { noteWhatCellsOpen } from "./run/opened-by-cells";
import { Output } from "./run/output";
import { refuseExit } from "./run/process-exit";
import { offerPrompt } from "./run/prompt";
import { Sources } from "./run/reader-frames";
import { referToPrompt } from "./run/standard-input";
import { noteSynchronousChildren } from "./run/synchronous-children";
import { tslabApi } from "./run/tslab-api";
import {
  type ConnectionInfo,
  FLAG,
  type MessagingData,
  type ToMain,
  type ToMessaging,
  type Versions,
} from "./threads";

const ROOT = path.resolve(__dirname, "..", "..");

process.once("uncaughtException", endAtOnce);
const session = randomUUID();
const folder = process.cwd();
const sharedFlags = new SharedArrayBuffer(FLAG.length * Int32Array.BYTES_PER_ELEMENT);
const flags = new Int32Array(sharedFlags);
const compiling = new MessageChannel();
const typed = new MessageChannel();
const versions = readVersions();

keepHeapsSmall();
const messaging = startMessaging(readConnectionFile());

const frontEnds = new FrontEnds(session, tell);
const output = new Output((run, ...shown) => frontEnds.publish(run.request, ...shown));
const sources = new Sources(ROOT);
const compiler = connect<CompilerClient>(compiling.port2);
const interrupts = new Interrupts(flags);
const executor = new Executor(compiler.remote, sources, interrupts, folder, {
  tslab: tslabApi(versions),
});
const lateErrors = new LateErrors(output, (run) => interrupts.isRunning(run));
const execution = new Execution(executor, output, lateErrors, frontEnds);
const queue = new ExecuteQueue((...request) => execution.execute(...request), frontEnds);

messaging.on("message", (message: ToMain) => {
  if (message.type === "execute") queue.add(message);
  else interrupts.obey(message.number);
});
// Without its messaging thread the kernel is deaf and mute: Jupyter sees its end and starts another.
messaging.on("exit", () => process.kill(process.pid, "SIGKILL"));

offerCurrentCell((file) => tell({ type: "temporary", file }));
offerPrompt((run, text) => frontEnds.ask(run.request, text), typed.port2, flags);
offerTermination(flags, (chain) => interrupts.breakAwait(chain));
noteWhatCellsOpen((pids) => tell({ type: "children", pids }));
refuseExit();
keepFunctionTexts();
sources.install();
output.install();
takeInheritedOutput();
noteSynchronousChildren(flags);
noteNamedPipes(flags, (file) => tell({ type: "opens", file }));
referToPrompt();
lateErrors.install();
process.off("uncaughtException", endAtOnce);

/** Options that Node takes may still refuse the kernel what it needs: threads, or properties of `Error`. */
function endAtOnce({ message }: Error): void {
  const { NODE_OPTIONS } = process.env;
  const how = NODE_OPTIONS ? ` with NODE_OPTIONS="${NODE_OPTIONS}"` : "";
  writeSync(2, `kernel: cannot start${how}: ${message}\n`);
  // A regular exit would wait for the messaging thread, which ZeroMQ may hold up.
  process.kill(process.pid, "SIGKILL");
}

function readVersions(): Versions {
  const versionOf = (file: string): string => JSON.parse(readFileSync(file, "utf8")).version;
  return {
    kernel: versionOf(path.join(ROOT, "package.json")),
    tslab: versionOf(require.resolve("tslab/package.json")),
    typescript: versionOf(require.resolve("typescript/package.json")),
    node: process.version,
  };
}

function readConnectionFile(): ConnectionInfo {
  const file = process.argv[2];
  if (!file) {
    process.stderr.write("usage: node main.js CONNECTION_FILE\n");
    process.exit(2);
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

function startMessaging(connection: ConnectionInfo): Worker {
  return new Worker(path.join(__dirname, "messaging", "thread.js"), {
    execArgv: SIGNAL_THREAD_OPTIONS,
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
    workerData: {
      connection,
      session,
      versions,
      folder,
      compiler: compiling.port1,
      input: typed.port1,
      flags: sharedFlags,
    } satisfies MessagingData,
    transferList: [compiling.port1, typed.port1],
  });
}

function tell(order: ToMessaging): void {
  messaging.postMessage(order);
}
