/** What is said between the front ends and the kernel: requests are answered or handed on, and all is published in order. */
import type { Channel, ToMessaging } from "../threads";
import type { Incoming, Listener } from "./channels";
import type { History } from "./history";
import { Interruption } from "./interruption";
import type { LifeCycle } from "./life-cycle";
import type { MainThread } from "./main-thread";
import { type Header, type Message, newMessage, type ParentHeader } from "./message";
import { type Answering, type Handler, requestHandlers } from "./requests";
import { StreamGathering } from "./stream-gathering";

interface Parts extends Omit<Answering, "interrupt" | "shutDown"> {
  session: string;
  send(channel: Channel, message: Message): void;
  main: MainThread;
  lifeCycle: LifeCycle;
}

export class Messaging implements Listener {
  readonly #session: string;
  readonly #send: Parts["send"];
  readonly #main: MainThread;
  readonly #history: History;
  readonly #lifeCycle: LifeCycle;
  readonly interruption: Interruption;
  readonly #streams: StreamGathering;
  readonly #handlers: Map<string, Handler>;
  /** Messages that expect no reply. */
  readonly #notices = new Map<string, (message: Message) => void>([
    // No comm target is registered here: the protocol asks for the comm to be closed again.
    [
      "comm_open",
      ({ header, content }) =>
        this.publish("comm_close", header, { comm_id: content.comm_id, data: {} }),
    ],
    ["comm_msg", () => {}],
    ["comm_close", () => {}],
  ]);
  /** The request of the cell that runs. */
  #running: ParentHeader | undefined;
  /** The execute_request that came last. */
  #newest: ParentHeader = {};
  /** The input_request that was sent last. */
  #question: Message | undefined;

  constructor(parts: Parts) {
    this.#session = parts.session;
    this.#send = parts.send;
    this.#main = parts.main;
    this.#history = parts.history;
    this.#lifeCycle = parts.lifeCycle;
    this.#streams = new StreamGathering((message) => parts.send("iopub", message));
    this.interruption = new Interruption(parts.main, parts.lifeCycle, (text) =>
      this.publish("stream", this.#running ?? this.#newest, { name: "stderr", text }),
    );
    this.#handlers = requestHandlers({
      ...parts,
      interrupt: () => this.interruption.interrupt(),
      shutDown: ({ header }, reply) => {
        setImmediate(() => {
          this.publish("shutdown_reply", header, reply);
          void parts.lifeCycle.end();
        });
      },
    });
  }

  /** Does what the main thread asks for. */
  obey(order: ToMessaging): void {
    switch (order.type) {
      case "children":
        this.#lifeCycle.noteChildren(order.pids);
        break;
      case "opens":
        this.interruption.opening = order.file;
        break;
      case "temporary":
        this.#lifeCycle.noteTemporary(order.file);
        break;
      case "send":
        this.#note(order.message, order.remember);
        if (order.channel === "stdin") this.#question = order.message;
        this.#sendInOrder(order.channel, order.message);
    }
  }

  async receive(channel: Incoming, message: Message): Promise<void> {
    const { msg_type } = message.header;
    if (channel === "stdin") {
      if (this.#isAnswer(message)) this.#main.answerPrompt(String(message.content.value));
    } else if (channel === "shell" && msg_type === "execute_request") {
      this.#newest = message.header;
      this.#main.execute(message);
    } else {
      await this.#serve(channel, message);
    }
  }

  welcome(topic: Uint8Array): void {
    const subscription = new TextDecoder().decode(topic);
    const identities = [topic];
    const envelope = { session: this.#session, msg_type: "iopub_welcome", parent: {}, identities };
    this.#send("iopub", newMessage(envelope, { subscription }));
  }

  publish(msg_type: string, parent: ParentHeader, content: object): void {
    this.#sendInOrder("iopub", newMessage({ session: this.#session, msg_type, parent }, content));
  }

  /**
   * Whether the message answers the last question. One to an earlier question, which an interrupt has ended, is
   * nobody's. Some front ends name no question, or the request of the cell that asks.
   */
  #isAnswer({ header, parent_header }: Message): boolean {
    if (header.msg_type !== "input_reply" || !this.#question) return false;
    const { msg_id } = parent_header;
    const { header: asked, parent_header: request } = this.#question;
    return msg_id === undefined || msg_id === asked.msg_id || msg_id === request.msg_id;
  }

  /** @param remember whether it is an execute_input that belongs in the history */
  #note({ header, parent_header, content }: Message, remember = false): void {
    if (remember) this.#history.add(content);
    if (header.msg_type !== "status") return;
    this.#running = content.execution_state === "busy" ? parent_header : undefined;
  }

  #sendInOrder(channel: Channel, message: Message): void {
    if (message.header.msg_type === "stream") {
      this.#streams.add(message);
    } else {
      // Whatever comes, a question too, comes after what was printed before it.
      this.#streams.flush();
      this.#send(channel, message);
    }
  }

  /** Answers a request beside the cells. */
  async #serve(channel: Channel, request: Message): Promise<void> {
    const { header } = request;
    this.publish("status", header, { execution_state: "busy" });
    try {
      const notice = this.#notices.get(header.msg_type);
      if (notice) notice(request);
      else this.#reply(channel, request, await this.#answer(request));
    } finally {
      this.#publishIdle(header);
    }
  }

  async #answer(request: Message): Promise<object> {
    const { msg_type } = request.header;
    try {
      const handler = this.#handlers.get(msg_type);
      if (handler) return await handler(request);
      throw new Error(`this kernel does not know the request ${msg_type}`);
    } catch (error) {
      const { name, message } = error as Error;
      return { status: "error", ename: name, evalue: message, traceback: [`${name}: ${message}`] };
    }
  }

  #reply(channel: Channel, { header, identities }: Message, content: object): void {
    const msg_type = header.msg_type.replace(/_request$/, "_reply");
    const envelope = { session: this.#session, msg_type, parent: header, identities };
    this.#send(channel, newMessage(envelope, content));
  }

  /**
   * Ends a request that was served beside the cells. Front ends take the last state that they hear for the kernel's, so
   * the cell that runs is announced once more.
   */
  #publishIdle(parent: Header): void {
    this.publish("status", parent, { execution_state: "idle" });
    if (this.#running) this.publish("status", this.#running, { execution_state: "busy" });
  }
}
