/**
 * The kernel's main thread: starts the other two, takes execute requests in order, and answers them.
 *
 * Usage: node main.js CONNECTION_FILE
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { type CellRun, currentRun, offerCurrentCell, runInCell } from "./cell-run";
import type { Compiler, CompilerData } from "./compiler";
import { mimeBundle } from "./display";
import { errorContent, Sources } from "./errors";
import { Executor, TypeScriptError } from "./executor";
import { Output } from "./output";
import { connect } from "./remote";
import { type Channel, FLAG, type MessagingData, type ToMain, type ToMessaging } from "./threads";
import { type ConnectionInfo, type Content, type Json, type Message, newHeader } from "./wire";

type ExecuteRequest = Extract<ToMain, { type: "execute" }>;

const ROOT = path.resolve(__dirname, "..", "..");

const session = randomUUID();
const flags = new SharedArrayBuffer(FLAG.length * Int32Array.BYTES_PER_ELEMENT);
const messaging = startMessaging();
const folder = process.cwd();
const compilerThread = new Worker(path.join(__dirname, "compiler.js"), {
  workerData: { folder, messaging: messaging.compilerPort } satisfies CompilerData,
  transferList: [messaging.compilerPort],
});
const compiler = connect<Compiler>(compilerThread);
const sources = new Sources(ROOT);
const executor = new Executor(compiler.remote, sources, new Int32Array(flags), folder, {});
const output = new Output((run, name, text) => publish(run, "stream", { name, text }));

let executionCount = 0;
const queue: ExecuteRequest[] = [];
let busy = false;
/** When the last cell failed that stops those queued behind it, in milliseconds since the epoch. */
let failedAt = 0;

function startMessaging(): { thread: Worker; compilerPort: MessagingData["compiler"] } {
  const connectionFile = process.argv[2];
  if (!connectionFile) {
    process.stderr.write("usage: node main.js CONNECTION_FILE\n");
    process.exit(2);
  }
  const connection = JSON.parse(readFileSync(connectionFile, "utf8")) as ConnectionInfo;
  const version = (file: string): string => JSON.parse(readFileSync(file, "utf8")).version;
  const toCompiler = new MessageChannel();
  const input = new MessageChannel();
  const workerData: MessagingData = {
    connection,
    session,
    typescriptVersion: version(require.resolve("typescript/package.json")),
    kernelVersion: version(path.join(ROOT, "package.json")),
    compiler: toCompiler.port1,
    input: input.port1,
    flags,
  };
  const thread = new Worker(path.join(__dirname, "messaging.js"), {
    workerData,
    transferList: [toCompiler.port1, input.port1],
  });
  return { thread, compilerPort: toCompiler.port2 };
}

function send(
  channel: Channel,
  msg_type: string,
  parent: Message["header"],
  content: object,
  extra: { identities?: Uint8Array[]; metadata?: Content; remember?: boolean } = {},
): void {
  const message: Message = {
    identities: extra.identities ?? [Buffer.from(msg_type)],
    header: newHeader(msg_type, session),
    parent_header: parent,
    metadata: extra.metadata ?? {},
    content: content as Content,
    buffers: [],
  };
  messaging.thread.postMessage({
    channel,
    message,
    remember: extra.remember,
  } satisfies ToMessaging);
}

/** Sends to the cell of that run, however late. */
function publish(run: CellRun, msg_type: string, content: object, remember = false): void {
  send("iopub", msg_type, run.request, content, { remember });
}

function reply(request: Message, content: object): void {
  send("shell", "execute_reply", request.header, content, { identities: request.identities });
}

function status(request: Message, execution_state: "busy" | "idle"): void {
  send("iopub", "status", request.header, { execution_state });
}

/** A request that the front end sent before it could know of the failure is not run. */
function isAborted({ message, arrived }: ExecuteRequest): boolean {
  const sent = Date.parse(message.header.date);
  return (
    Math.min(arrived, Number.isNaN(sent) ? arrived : sent) < failedAt && arrived - failedAt < 1000
  );
}

async function work(): Promise<void> {
  if (busy) return;
  busy = true;
  for (let request = queue.shift(); request; request = queue.shift()) {
    status(request.message, "busy");
    if (isAborted(request)) reply(request.message, { status: "aborted" });
    else await execute(request.message);
    status(request.message, "idle");
  }
  busy = false;
}

async function execute(request: Message): Promise<void> {
  const { content, metadata, header } = request;
  const code = String(content.code ?? "");
  const silent = content.silent === true;
  const store = !silent && content.store_history !== false;
  if (store) executionCount += 1;
  const cellId = typeof metadata.cellId === "string" ? metadata.cellId : undefined;
  const run = executor.newRun(executionCount, header, cellId);
  output.begin(run);
  if (!silent) {
    publish(run, "execute_input", { code, execution_count: executionCount }, store);
  }
  const outcome = await executor.execute(run, code);
  let failure = outcome.thrown;
  if (!failure && !silent && outcome.value !== undefined) {
    try {
      const data = await runInCell(run, () => mimeBundle(outcome.value));
      publish(run, "execute_result", { execution_count: run.executionCount, data, metadata: {} });
    } catch (error) {
      failure = { error };
    }
  }
  output.end(run);
  if (failure) {
    const described = describe(failure.error);
    publish(run, "error", described);
    if (content.stop_on_error !== false) failedAt = Date.now();
    reply(request, { status: "error", execution_count: run.executionCount, ...described });
    return;
  }
  const user_expressions = await evaluateAll(run, content.user_expressions);
  reply(request, {
    status: "ok",
    execution_count: run.executionCount,
    user_expressions,
    payload: [],
  });
}

async function evaluateAll(run: CellRun, expressions: Json | undefined): Promise<Content> {
  const results: Content = {};
  for (const [name, expression] of Object.entries((expressions ?? {}) as Content)) {
    try {
      const value = await executor.evaluate(run, String(expression));
      results[name] = { status: "ok", data: await mimeBundle(value), metadata: {} };
    } catch (error) {
      results[name] = { status: "error", ...describe(error) };
    }
  }
  return results;
}

function describe(error: unknown): ReturnType<typeof errorContent> {
  if (!(error instanceof TypeScriptError)) return errorContent(error);
  return { ename: error.name, evalue: error.message, traceback: error.text.split("\n") };
}

/** An error that no one waited for belongs to the cell that started the work. */
function showLate(error: unknown): void {
  const run = currentRun();
  if (run) publish(run, "error", describe(error));
  else console.error(error);
}

messaging.thread.on("message", (message: ToMain) => {
  switch (message.type) {
    case "execute":
      queue.push(message);
      void work();
      break;
    case "interrupt":
      executor.interrupt(message.number);
      break;
    case "shutdown":
      process.exit(0);
  }
});
process.on("uncaughtException", showLate);
process.on("unhandledRejection", showLate);
process.on("SIGINT", () => executor.interruptRunning());
compilerThread.on("error", (error) => compiler.fail(error));

offerCurrentCell();
sources.install();
output.install();
