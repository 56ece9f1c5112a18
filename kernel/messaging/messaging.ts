/** The messaging thread: Jupyter's five sockets, and every request that needs no user code to be answered. */
import { rmSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import * as zmq from "zeromq";
import type { Compiler } from "../compile/compiler";
import { CompilerEnded, connect } from "../remote";
import { type Channel, FLAG, type MessagingData, type ToMain, type ToMessaging } from "../threads";
import { History } from "./history";
import { onSignal } from "./signals";
import {
  type Content,
  type Header,
  type Json,
  type Message,
  newHeader,
  PROTOCOL_VERSION,
  Wire,
} from "./wire";

/** How long stream output is gathered before it is sent, in milliseconds: a front end counts messages, not octets. */
const STREAM_GATHERING = 10;

/** How often the kernel looks whether the process that started it is still there, in milliseconds. */
const PARENT_CHECK = 1000;

/** How long children may take to end when the kernel ends, in milliseconds. */
const CHILD_GRACE = 50;

const data = workerData as MessagingData;
const main = parentPort as MessagePort;
const { connection, session } = data;
const wire = new Wire(connection.key, connection.signature_scheme);
const flags = new Int32Array(data.flags);
const { remote: compiler, fail: failCompiler } = connect<Compiler>(data.compiler);
const history = new History();
let interrupts = 0;
let children: number[] = [];
const temporary = new Set<string>();

const unlimited = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000 };
const sockets = {
  shell: new zmq.Router(unlimited),
  control: new zmq.Router(unlimited),
  stdin: new zmq.Router(unlimited),
  iopub: new zmq.XPublisher({ ...unlimited, verbosity: "allSubs" }),
};
const heartbeat = new zmq.Reply(unlimited);

/** A ZeroMQ socket takes one `send` at a time; this is the queue in front of each. */
const outboxes = new Map<Channel, Promise<void>>();

function send(channel: Channel, message: Message): void {
  const previous = outboxes.get(channel) ?? Promise.resolve();
  const sent = previous
    .then(() => sockets[channel].send(wire.encode(message)))
    .catch((error) => report(`a message on ${channel} could not be sent`, error));
  outboxes.set(channel, sent);
}

function report(what: string, error: unknown): void {
  process.stderr.write(`kernel: ${what}: ${error instanceof Error ? error.message : error}\n`);
}

function answer(
  channel: Channel,
  request: Message,
  msg_type: string,
  content: Content | object,
): void {
  send(channel, {
    identities: request.identities,
    header: newHeader(msg_type, session),
    parent_header: request.header,
    metadata: {},
    content: content as Content,
    buffers: [],
  });
}

function publish(msg_type: string, parent: Header | Record<string, never>, content: Content): void {
  flushStream();
  send("iopub", {
    identities: [Buffer.from(msg_type)],
    header: newHeader(msg_type, session),
    parent_header: parent,
    metadata: {},
    content,
    buffers: [],
  });
}

/** Stream text of one cell that waits to be sent as one message. */
let stream: Message | undefined;
let streamTimer: NodeJS.Timeout | undefined;

function flushStream(): void {
  clearTimeout(streamTimer);
  streamTimer = undefined;
  if (stream) send("iopub", stream);
  stream = undefined;
}

function gatherStream(message: Message): void {
  const sameStream =
    stream?.parent_header.msg_id === message.parent_header.msg_id &&
    stream?.content.name === message.content.name;
  if (stream && sameStream) {
    stream.content.text = `${stream.content.text}${message.content.text}`;
  } else {
    flushStream();
    stream = message;
  }
  streamTimer ??= setTimeout(flushStream, STREAM_GATHERING);
}

data.compiler.on("close", () => failCompiler(new CompilerEnded()));
main.on("message", (order: ToMessaging) => {
  if (order.type === "children") {
    children = order.pids;
    return;
  }
  if (order.type === "temporary") {
    temporary.add(order.file);
    return;
  }
  const { channel, message, remember } = order;
  const { msg_type } = message.header;
  if (msg_type === "stream") return gatherStream(message);
  if (msg_type === "status") noteRunning(message);
  if (remember) history.add(message.content);
  // Whatever comes, a question too, comes after what was printed before it.
  flushStream();
  send(channel, message);
});

/** The request of the cell that runs. */
let running: Header | Record<string, never> | undefined;

function noteRunning({ parent_header, content }: Message): void {
  running = content.execution_state === "busy" ? parent_header : undefined;
}

/**
 * Ends a request that was served beside the cells. Front ends take the last state that they hear for the kernel's, so
 * the cell that runs is announced once more.
 */
function publishIdle(parent: Header): void {
  publish("status", parent, { execution_state: "idle" });
  if (running) publish("status", running, { execution_state: "busy" });
}

const KERNEL_INFO = {
  status: "ok",
  protocol_version: PROTOCOL_VERSION,
  implementation: "tslab",
  implementation_version: data.kernelVersion,
  language_info: {
    name: "typescript",
    version: data.typescriptVersion,
    mimetype: "text/typescript",
    file_extension: ".ts",
    codemirror_mode: { name: "javascript", typescript: true, mode: "typescript" },
    nbconvert_exporter: "script",
  },
  banner: `TypeScript ${data.typescriptVersion} on Node ${process.versions.node}`,
  help_links: [
    { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
    { text: "Node.js", url: "https://nodejs.org/docs/latest/api/" },
  ],
  supported_features: [],
} satisfies Content;

type Handler = (request: Message, channel: Channel) => Content | object | Promise<object>;

/** One entry a request type: returns the content of its reply. */
const handlers: Record<string, Handler> = {
  kernel_info_request: () => KERNEL_INFO,

  is_complete_request: ({ content }) => compiler.isComplete(text(content.code)),

  complete_request: ({ content }) => {
    const code = text(content.code);
    return compiler.complete(code, position(code, content.cursor_pos));
  },

  inspect_request: ({ content }) => {
    const code = text(content.code);
    return compiler.inspect(code, position(code, content.cursor_pos));
  },

  history_request: ({ content }) => history.answer(content),

  comm_info_request: () => ({ status: "ok", comms: {} }),

  interrupt_request: () => {
    interrupt();
    return { status: "ok" };
  },

  shutdown_request: ({ content, header }) => {
    const reply = { status: "ok", restart: content.restart === true };
    setImmediate(() => {
      publish("shutdown_reply", header, reply);
      void shutdown();
    });
    return reply;
  },

  debug_request: ({ content }) => ({
    type: "response",
    success: false,
    command: content.command,
    request_seq: content.seq,
    seq: 0,
    message: "This kernel has no debugger.",
  }),
};

/** Messages that expect no reply. */
const notices: Record<string, (message: Message) => void> = {
  // No comm target is registered here: the protocol asks for the comm to be closed again.
  comm_open: ({ header, content }) =>
    publish("comm_close", header, { comm_id: content.comm_id, data: {} }),
  comm_msg: () => {},
  comm_close: () => {},
};

async function handle(channel: "shell" | "control", request: Message): Promise<void> {
  const { msg_type } = request.header;
  if (msg_type === "execute_request" && channel === "shell") {
    main.postMessage({ type: "execute", message: request, arrived: Date.now() } satisfies ToMain);
    return;
  }
  publish("status", request.header, { execution_state: "busy" });
  try {
    const notice = Object.hasOwn(notices, msg_type) ? notices[msg_type] : undefined;
    if (notice) {
      notice(request);
    } else {
      const reply = msg_type.replace(/_request$/, "_reply");
      answer(channel, request, reply, await respond(request, channel));
    }
  } finally {
    publishIdle(request.header);
  }
}

async function respond(request: Message, channel: Channel): Promise<object> {
  const { msg_type } = request.header;
  try {
    if (Object.hasOwn(handlers, msg_type)) return await handlers[msg_type](request, channel);
    throw new Error(`this kernel does not know the request ${msg_type}`);
  } catch (error) {
    const { name, message } = error as Error;
    return { status: "error", ename: name, evalue: message, traceback: [`${name}: ${message}`] };
  }
}

/** The main thread sleeps on the flag while `prompt` waits; undefined means that it was interrupted. */
function answerPrompt(value: string | undefined): void {
  data.input.postMessage(value);
  Atomics.store(flags, FLAG.input, 1);
  Atomics.notify(flags, FLAG.input);
}

function interrupt(): void {
  interrupts += 1;
  Atomics.store(flags, FLAG.interrupt, interrupts);
  main.postMessage({ type: "interrupt", number: interrupts } satisfies ToMain);
  answerPrompt(undefined);
}

/** Ends the process, whatever the main thread computes and whatever sockets, timers or children are open. */
async function shutdown(): Promise<void> {
  endChildren("SIGTERM");
  await Promise.race([Promise.all(outboxes.values()), sleep(100)]);
  await sleep(CHILD_GRACE);
  endChildren("SIGKILL");
  try {
    for (const file of temporary) rmSync(file, { force: true });
  } finally {
    // A regular exit would wait for the main thread, and ZeroMQ may abort the process in it.
    process.kill(process.pid, "SIGKILL");
  }
}

/** A front end that was killed cannot ask its kernel to end; Jupyter's own kernels watch for that too. */
function endWithParent(): void {
  if (!process.env.JPY_PARENT_PID) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void shutdown();
  }, PARENT_CHECK).unref();
}

function endChildren(signal: NodeJS.Signals): void {
  for (const pid of children) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

function text(value: Json | undefined): string {
  if (typeof value !== "string") throw new TypeError("the request's code is not a string");
  return value;
}

/** Jupyter counts Unicode code points, TypeScript UTF-16 units. */
function position(code: string, cursor: Json | undefined): number {
  if (typeof cursor !== "number") return code.length;
  return [...code].slice(0, cursor).join("").length;
}

async function receive(channel: "shell" | "control" | "stdin"): Promise<void> {
  for await (const frames of sockets[channel]) {
    try {
      const message = wire.decode(frames);
      if (channel !== "stdin") await Promise.resolve(handle(channel, message));
      else if (message.header.msg_type === "input_reply")
        answerPrompt(String(message.content.value));
    } catch (error) {
      report(`a message on ${channel} was ignored`, error);
    }
  }
}

async function welcome(): Promise<void> {
  for await (const [frame] of sockets.iopub) {
    if (frame[0] !== 1) continue;
    const topic = frame.subarray(1);
    send("iopub", {
      identities: [topic],
      header: newHeader("iopub_welcome", session),
      parent_header: {},
      metadata: {},
      content: { subscription: topic.toString("utf8") },
      buffers: [],
    });
  }
}

async function beat(): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

async function start(): Promise<void> {
  const address = (port: number) =>
    connection.transport === "ipc"
      ? `ipc://${connection.ip}-${port}`
      : `${connection.transport}://${connection.ip}:${port}`;
  await Promise.all([
    sockets.shell.bind(address(connection.shell_port)),
    sockets.control.bind(address(connection.control_port)),
    sockets.stdin.bind(address(connection.stdin_port)),
    sockets.iopub.bind(address(connection.iopub_port)),
    heartbeat.bind(address(connection.hb_port)),
  ]);
  publish("status", {}, { execution_state: "starting" });
  await Promise.all([receive("shell"), receive("control"), receive("stdin"), welcome(), beat()]);
}

onSignal(constants.signals.SIGINT, interrupt);
onSignal(constants.signals.SIGTERM, shutdown);
endWithParent();
start().catch((error) => {
  throw error;
});
