/** The messaging thread: owns the ZeroMQ sockets, and so answers also while a cell computes. */
import { writeSync } from "node:fs";
import { constants } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { CompilerClient } from "../compile/client";
import { serve } from "../remote";
import type { MessagingData, ToMessaging } from "../threads";
import { Channels } from "./channels";
import { History } from "./history";
import { evaluateOnMainThread } from "./inspector";
import { kernelInfo } from "./kernel-info";
import { LifeCycle } from "./life-cycle";
import { MainThread } from "./main-thread";
import { Messaging } from "./messaging";
import { onSignal } from "./signals";

const data = workerData as MessagingData;
const port = parentPort as MessagePort;
const compiler = new CompilerClient(data.folder);
const channels = new Channels(data.connection);
const main = new MainThread(port, data.input, data.flags, evaluateOnMainThread);
const lifeCycle = new LifeCycle(() => channels.sent());
const messaging = new Messaging({
  session: data.session,
  send: (channel, message) => channels.send(channel, message),
  main,
  lifeCycle,
  kernelInfo: kernelInfo(data.versions),
  compiler,
  history: new History(),
});

async function start(): Promise<void> {
  // Whoever subscribes later than this is welcomed first.
  messaging.publish("status", {}, { execution_state: "starting" });
  await channels.bind();
  await channels.listen(messaging);
}

serve(data.compiler, compiler);
port.on("message", (order: ToMessaging) => messaging.obey(order));
onSignal(constants.signals.SIGINT, () => messaging.interruption.interrupt());
onSignal(constants.signals.SIGTERM, () => void lifeCycle.end());
lifeCycle.endWithParent();
start().catch(({ message, address }) => {
  writeSync(2, `kernel: cannot start: ${[message, address].filter(Boolean).join(": ")}\n`);
  // To end this thread alone, or by a regular exit, ZeroMQ would abort the process.
  process.kill(process.pid, "SIGKILL");
});
