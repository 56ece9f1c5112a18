/**
 * The kernel's main thread: starts the other two, takes execute requests in order, and answers them.
 *
 * Usage: node main.js CONNECTION_FILE
 */
import { randomUUID } from "node:crypto";
import { readFileSync, writeSync } from "node:fs";
import * as path from "node:path";
import { inspect } from "node:util";
import { MessageChannel, Worker } from "node:worker_threads";
import type { Compiler, CompilerData } from "./compile/compiler";
import { SIGNAL_THREAD_OPTIONS } from "./messaging/signals";
import {
  type ConnectionInfo,
  type Content,
  type Json,
  type Message,
  newHeader,
} from "./messaging/wire";
import { CompilerEnded, connect } from "./remote";
import {
  type CellRun,
  currentRun,
  Interrupted,
  offerCurrentCell,
  runThatThrew,
} from "./run/cell-run";
import { mimeBundle } from "./run/display";
import { type ErrorContent, errorContent, Sources } from "./run/errors";
import { Executor } from "./run/executor";
import { noteWhatCellsOpen } from "./run/opened";
import { Output } from "./run/output";
import { offerPrompt } from "./run/prompt";
import { tslabApi } from "./run/tslab-api";
import { type Channel, FLAG, type MessagingData, type ToMain, type ToMessaging } from "./threads";

type ExecuteRequest = Extract<ToMain, { type: "execute" }>;

const ROOT = path.resolve(__dirname, "..", "..");
const versionOf = (file: string): string => JSON.parse(readFileSync(file, "utf8")).version;
const versions = {
  kernel: versionOf(path.join(ROOT, "package.json")),
  tslab: versionOf(require.resolve("tslab/package.json")),
  typescript: versionOf(require.resolve("typescript/package.json")),
  node: process.version,
};

/** A request that seems to have travelled longer than this, in milliseconds, was dated by another clock. */
const LONGEST_ON_ITS_WAY = 1000;

const session = randomUUID();
const folder = process.cwd();
const sharedFlags = new SharedArrayBuffer(FLAG.length * Int32Array.BYTES_PER_ELEMENT);
const flags = new Int32Array(sharedFlags);
const betweenWorkers = new MessageChannel();
const typed = new MessageChannel();
const messaging = startMessaging(readConnectionFile());
const compilerThread = startCompiler();
const compiler = connect<Compiler>(compilerThread);
const sources = new Sources(ROOT);
const executor = new Executor(compiler.remote, sources, flags, folder, {
  tslab: tslabApi(versions),
});
const output = new Output((run, name, text) => publish(run, "stream", { name, text }));

let executionCount = 0;
const queue: ExecuteRequest[] = [];
/** The last run under each number. */
const runs = new Map<number, CellRun>();
let busy = false;
let compilerError: Error | undefined;
/** The last failure that stops the cells queued behind it: when, and how far the front end's clock was behind. */
let failure = { at: 0, lag: 0 };

function readConnectionFile(): ConnectionInfo {
  const file = process.argv[2];
  if (!file) {
    process.stderr.write("usage: node main.js CONNECTION_FILE\n");
    process.exit(2);
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

function startMessaging(connection: ConnectionInfo): Worker {
  return new Worker(path.join(__dirname, "messaging", "messaging.js"), {
    execArgv: SIGNAL_THREAD_OPTIONS,
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
    workerData: {
      connection,
      session,
      typescriptVersion: versions.typescript,
      kernelVersion: versions.kernel,
      compiler: betweenWorkers.port1,
      input: typed.port1,
      flags: sharedFlags,
    } satisfies MessagingData,
    transferList: [betweenWorkers.port1, typed.port1],
  });
}

function startCompiler(): Worker {
  return new Worker(path.join(__dirname, "compile", "compiler.js"), {
    // Node's default would cost a kernel 25 MB more, for no gain in speed.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
    workerData: { folder, messaging: betweenWorkers.port2 } satisfies CompilerData,
    transferList: [betweenWorkers.port2],
  });
}

function tell(order: ToMessaging): void {
  messaging.postMessage(order);
}

/** Sends to the cell of that run, however late. */
function publish(run: CellRun, msg_type: string, content: object, remember = false): void {
  if (
    msg_type === "display_data" &&
    !output.hasRoom(run, "shown", JSON.stringify(content).length)
  ) {
    return;
  }
  sendTo("iopub", run.request, msg_type, content, remember);
}

function sendTo(
  channel: Channel,
  parent: Message,
  msg_type: string,
  content: object,
  remember = false,
): void {
  const message: Message = {
    // Not Buffer.from: with a view, all of the memory goes to the other thread that it shares, 64 KiB for each line.
    identities: channel === "iopub" ? [new TextEncoder().encode(msg_type)] : parent.identities,
    header: newHeader(msg_type, session),
    parent_header: parent.header,
    metadata: {},
    content: content as Content,
    buffers: [],
  };
  tell({ type: "send", channel, message, remember });
}

function reply(request: Message, content: object): void {
  sendTo("shell", request, "execute_reply", content);
}

async function work(): Promise<void> {
  if (busy) return;
  busy = true;
  for (let request = queue.shift(); request; request = queue.shift()) {
    const { message } = request;
    sendTo("iopub", message, "status", { execution_state: "busy" });
    if (isAborted(request)) reply(message, { status: "aborted" });
    else await execute(request).catch((error) => replyError(message, errorContent(error)));
    sendTo("iopub", message, "status", { execution_state: "idle" });
  }
  busy = false;
}

/** A request that the front end sent before it could know of the failure is not run. */
function isAborted(request: ExecuteRequest): boolean {
  const onItsWay = lagOf(request) - failure.lag;
  const isCredible = onItsWay > 0 && onItsWay < LONGEST_ON_ITS_WAY;
  return request.arrived - (isCredible ? onItsWay : 0) < failure.at;
}

/** From when the front end sent the request, by its own clock, until it arrived, by ours; in milliseconds. */
function lagOf({ message, arrived }: ExecuteRequest): number {
  const sent = Date.parse(message.header.date);
  return Number.isNaN(sent) ? 0 : arrived - sent;
}

async function execute(queued: ExecuteRequest): Promise<void> {
  const request = queued.message;
  const { content } = request;
  const code = String(content.code ?? "");
  const silent = content.silent === true;
  const store = !silent && content.store_history !== false;
  if (store) executionCount += 1;
  const run = executor.newRun(executionCount, request, publish);
  runs.set(executionCount, run);
  output.begin(run);
  if (!silent) {
    publish(run, "execute_input", { code, execution_count: executionCount }, store);
  }
  const { thrown, user_expressions } = await executor.attend(run, async () => {
    const outcome = await executor.execute(run, code);
    const thrown = outcome.thrown ?? (silent ? undefined : await showResult(run, outcome.value));
    if (thrown) return { thrown };
    return { user_expressions: await evaluateAll(run, content.user_expressions) };
  });
  const { executionCount: execution_count } = run;
  if (thrown) {
    if (content.stop_on_error !== false) {
      failure = { at: Date.now(), lag: lagOf(queued) };
    }
    replyError(request, errorContent(thrown.error), execution_count);
    return;
  }
  reply(request, { status: "ok", execution_count, user_expressions, payload: [] });
}

function replyError(request: Message, described: ErrorContent, execution_count?: number): void {
  sendTo("iopub", request, "error", described);
  reply(request, { ...failed(described), execution_count });
}

function failed(described: ErrorContent): ErrorContent & { status: "error" } {
  return { status: "error", ...described };
}

/** Shows `Out[n]`; a value may fail to show itself. */
async function showResult(run: CellRun, value: unknown): Promise<{ error: unknown } | undefined> {
  if (value === undefined) return undefined;
  try {
    const data = await executor.finish(run, () => mimeBundle(value));
    publish(run, "execute_result", { execution_count: run.executionCount, data, metadata: {} });
    return undefined;
  } catch (error) {
    return { error };
  }
}

async function evaluateAll(run: CellRun, expressions: Json | undefined): Promise<Content> {
  const results: Content = {};
  for (const [name, expression] of Object.entries((expressions ?? {}) as Content)) {
    try {
      const { value } = await executor.evaluate(run, String(expression));
      const data = await executor.finish(run, () => mimeBundle(value));
      results[name] = { status: "ok", data, metadata: {} };
    } catch (error) {
      results[name] = { ...failed(errorContent(error)) };
    }
  }
  return results;
}

/** An error that no one waited for belongs to the cell that started the work. */
function showLate(error: unknown): void {
  const described = errorContent(error);
  const known = runThatThrew(error) ?? currentRun();
  const run = known ?? runInFrames(described.traceback) ?? output.newest;
  // A loop in a callback was interrupted, and the cell that still runs says so itself.
  if (described.ename === Interrupted.name && run && executor.isRunning(run)) return;
  if (!run) writeSync(2, `kernel: ${described.traceback.join("\n")}\n`);
  else if (output.hasRoom(run, "printed", 0)) publish(run, "error", described);
}

/** Node loses the context of some callbacks before their error arrives; the topmost frame still names the cell. */
function runInFrames(traceback: string[]): CellRun | undefined {
  const [, number] = traceback.join("\n").match(/\bcell \[(\d+)\]:\d/) ?? [];
  return runs.get(Number(number));
}

/** A cell must not take the kernel away from the cells around it. */
function refuseExit(): void {
  process.exit = (code?: number | string | null): never => {
    throw new Error(
      `process.exit(${code ?? ""}) ends this cell only; the kernel goes on, with all its names and sockets. ` +
        "To end the kernel, choose Shut Down Kernel in the Kernel menu.",
    );
  };
}

messaging.on("message", (message: ToMain) => {
  switch (message.type) {
    case "execute":
      queue.push(message);
      void work();
      break;
    case "interrupt":
      executor.interrupt(message.number);
  }
});
// Without its messaging thread the kernel is deaf and mute: Jupyter sees its end and starts another.
messaging.on("exit", () => process.kill(process.pid, "SIGKILL"));
// The reason, if there is one, comes before the end.
compilerThread.on("exit", () => compiler.fail(new CompilerEnded(compilerError)));
compilerThread.on("error", (error) => {
  compilerError = error;
  writeSync(2, `kernel: compiler: ${inspect(error)}\n`);
});

offerCurrentCell((file) => tell({ type: "temporary", file }));
offerPrompt(
  (run, prompt) => sendTo("stdin", run.request, "input_request", { prompt, password: false }),
  typed.port2,
  flags,
);
noteWhatCellsOpen((pids) => tell({ type: "children", pids }));
refuseExit();
sources.install();
output.install();
process.on("uncaughtException", showLate);
process.on("unhandledRejection", showLate);
