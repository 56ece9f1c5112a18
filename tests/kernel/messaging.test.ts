/** What is answered beside the cells, and in which order all is sent. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { CompilerClient } from "../../kernel/compile/client";
import { History } from "../../kernel/messaging/history";
import { LifeCycle } from "../../kernel/messaging/life-cycle";
import { MainThread } from "../../kernel/messaging/main-thread";
import { type Message, newMessage } from "../../kernel/messaging/message";
import { Messaging } from "../../kernel/messaging/messaging";
import { utf16Position } from "../../kernel/messaging/requests";
import type { Remote } from "../../kernel/remote";
import { FLAG, type ToMain } from "../../kernel/threads";

let sent: { channel: string; message: Message }[];
let told: ToMain[];
let flags: SharedArrayBuffer;
let messaging: Messaging;

beforeEach(() => {
  sent = [];
  told = [];
  flags = new SharedArrayBuffer(FLAG.length * Int32Array.BYTES_PER_ELEMENT);
  const port = { postMessage: (order: ToMain) => told.push(order) } as unknown as MessagePort;
  const { port1, port2 } = new MessageChannel();
  port2.close();
  messaging = new Messaging({
    session: "kernel's",
    send: (channel, message) => sent.push({ channel, message }),
    main: new MainThread(port, port1, flags, async () => {}),
    lifeCycle: new LifeCycle(async () => {}),
    kernelInfo: { status: "ok", banner: "a kernel" },
    compiler: {
      complete: async (code: string, position: number) => ({ code, position }),
      isComplete: () => Promise.reject(new RangeError("not today")),
    } as unknown as Remote<CompilerClient>,
    history: new History(),
  });
});

function request(msg_type: string, content: object = {}): Message {
  const identities = [Buffer.from("front end")];
  return newMessage({ session: "front end's", msg_type, parent: {}, identities }, content);
}

function published(
  msg_type: string,
  content: object,
  parent = request("execute_request"),
): Message {
  return newMessage({ session: "kernel's", msg_type, parent: parent.header }, content);
}

/** What was sent, in short. */
function types(): string[] {
  return sent.map(({ channel, message: { header, content } }) =>
    [channel, header.msg_type, content.execution_state ?? content.text].filter(Boolean).join(" "),
  );
}

test("a request is answered between busy and idle, to the one that sent it", async () => {
  const asked = request("kernel_info_request");
  await messaging.receive("control", asked);
  assert.deepEqual(types(), [
    "iopub status busy",
    "control kernel_info_reply",
    "iopub status idle",
  ]);
  for (const { message } of sent) assert.equal(message.parent_header, asked.header);
  assert.deepEqual(sent[1].message.content, { status: "ok", banner: "a kernel" });
  assert.equal(sent[1].message.identities, asked.identities);
});

test("requests that are unknown or fail are answered with an error", async () => {
  for (const [type, ename, evalue] of [
    ["toString_request", "Error", "this kernel does not know the request toString_request"],
    ["is_complete_request", "RangeError", "not today"],
    ["complete_request", "TypeError", "the request's code is not a string"],
  ]) {
    sent = [];
    await messaging.receive(
      "shell",
      request(type, type === "is_complete_request" ? { code: "" } : {}),
    );
    const { header, content } = sent[1].message;
    assert.equal(header.msg_type, type.replace("_request", "_reply"));
    assert.deepEqual(content, {
      status: "error",
      ename,
      evalue,
      traceback: [`${ename}: ${evalue}`],
    });
    assert.equal(types().at(-1), "iopub status idle");
  }
});

test("positions are handed on in UTF-16 units", async () => {
  await messaging.receive("shell", request("complete_request", { code: "'😀'.x", cursor_pos: 5 }));
  assert.deepEqual(sent[1].message.content, { code: "'😀'.x", position: 6 });
  assert.equal(utf16Position("😀a", 0), 0);
  assert.equal(utf16Position("😀a", 1), 2);
  assert.equal(utf16Position("😀a", 99), 3);
  assert.equal(utf16Position("😀a", null), 3);
});

test("an execute_request goes to the main thread, and only from the shell", async () => {
  const cell = request("execute_request", { code: "1" });
  await messaging.receive("shell", cell);
  assert.deepEqual(
    told.map((order) => order.type === "execute" && order.message),
    [cell],
  );
  assert.equal(sent.length, 0);
  await messaging.receive("control", cell);
  assert.equal(told.length, 1);
  assert.equal(sent[1].message.content.status, "error");
});

test("interrupts are numbered, and set the flag that a loop looks at", async () => {
  for (const number of [1, 2]) {
    await messaging.receive("control", request("interrupt_request"));
    assert.deepEqual(told.at(-1), { type: "interrupt", number });
    assert.equal(new Int32Array(flags)[FLAG.interrupt], number);
  }
});

test("what was printed is sent before whatever comes after it", () => {
  const cell = request("execute_request");
  const send = (message: Message, channel: "iopub" | "stdin" = "iopub") =>
    messaging.obey({ type: "send", channel, message });
  send(published("stream", { name: "stdout", text: "a" }, cell));
  send(published("stream", { name: "stdout", text: "b" }, cell));
  assert.deepEqual(types(), []);
  send(published("input_request", {}, cell), "stdin");
  assert.deepEqual(types(), ["iopub stream ab", "stdin input_request"]);
  send(published("stream", { name: "stdout", text: "c" }, cell));
  messaging.publish("status", cell.header, { execution_state: "idle" });
  assert.deepEqual(types().slice(2), ["iopub stream c", "iopub status idle"]);
});

test("while a cell runs, the kernel is busy again after each other request", async () => {
  const cell = request("execute_request");
  const state = (execution_state: string) =>
    messaging.obey({
      type: "send",
      channel: "iopub",
      message: published("status", { execution_state }, cell),
    });
  state("busy");
  await messaging.receive("control", request("kernel_info_request"));
  assert.deepEqual(types().slice(-2), ["iopub status idle", "iopub status busy"]);
  assert.equal(sent.at(-1)?.message.parent_header, cell.header);
  state("idle");
  await messaging.receive("control", request("kernel_info_request"));
  assert.equal(types().at(-1), "iopub status idle");
});

test("the history has what is to be remembered", async () => {
  for (const [n, remember] of [true, false].entries()) {
    const message = published("execute_input", { code: `cell ${n}`, execution_count: n });
    messaging.obey({ type: "send", channel: "iopub", message, remember });
  }
  sent = [];
  await messaging.receive("shell", request("history_request", { hist_access_type: "tail", n: 9 }));
  assert.deepEqual(sent[1].message.content.history, [[1, 0, "cell 0"]]);
});

test("a comm that nobody knows is closed, and gets no reply", async () => {
  await messaging.receive("shell", request("comm_open", { comm_id: "c" }));
  assert.deepEqual(types(), ["iopub status busy", "iopub comm_close", "iopub status idle"]);
  assert.deepEqual(sent[1].message.content, { comm_id: "c", data: {} });
  sent = [];
  await messaging.receive("shell", request("comm_msg"));
  assert.deepEqual(types(), ["iopub status busy", "iopub status idle"]);
});

test("a subscriber is welcomed on the topic that it has chosen", () => {
  messaging.welcome(Buffer.from("stream"));
  const [{ channel, message }] = sent;
  assert.deepEqual([channel, message.header.msg_type], ["iopub", "iopub_welcome"]);
  assert.deepEqual(message.content, { subscription: "stream" });
  assert.deepEqual(message.identities, [Buffer.from("stream")]);
  assert.deepEqual(message.parent_header, {});
});
