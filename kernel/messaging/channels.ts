/** Jupyter's five sockets, and the messages that come and go on them. */
import * as zmq from "zeromq";
import type { Channel, ConnectionInfo } from "../threads";
import type { Message } from "./message";
import { Wire } from "./wire-protocol";

/** The channels on which a front end sends messages. */
export type Incoming = Exclude<Channel, "iopub">;

export interface Listener {
  /** The next message of the channel is read once this one is done with. */
  receive(channel: Incoming, message: Message): Promise<void> | void;
  /** A front end has subscribed to this topic of iopub. */
  welcome(topic: Uint8Array): void;
}

/** No message is dropped, however slow a front end is; those not yet sent do not hold up the end for longer than 1 s. */
const OPTIONS = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000 };
/** A front end that connects anew with its old identity is answered there, though ZeroMQ still knows its old connection. */
const ROUTER_OPTIONS = { ...OPTIONS, handover: true };

export class Channels {
  readonly #connection: ConnectionInfo;
  readonly #wire: Wire;
  readonly #sockets = {
    shell: new zmq.Router(ROUTER_OPTIONS),
    control: new zmq.Router(ROUTER_OPTIONS),
    stdin: new zmq.Router(ROUTER_OPTIONS),
    iopub: new zmq.XPublisher({ ...OPTIONS, verbosity: "allSubs" }),
  };
  /** A Reply socket would end the process at a request without ZeroMQ's envelope, which anybody can send. */
  readonly #heartbeat = new zmq.Router(OPTIONS);
  /** A ZeroMQ socket takes one `send` at a time; this is the queue in front of each. */
  readonly #queues = new Map<Channel, Promise<void>>();

  constructor(connection: ConnectionInfo) {
    this.#connection = connection;
    this.#wire = new Wire(connection.key, connection.signature_scheme);
  }

  async bind(): Promise<void> {
    const { shell_port, control_port, stdin_port, iopub_port, hb_port } = this.#connection;
    await Promise.all([
      this.#sockets.shell.bind(this.#address(shell_port)),
      this.#sockets.control.bind(this.#address(control_port)),
      this.#sockets.stdin.bind(this.#address(stdin_port)),
      this.#sockets.iopub.bind(this.#address(iopub_port)),
      this.#heartbeat.bind(this.#address(hb_port)),
    ]);
  }

  send(channel: Channel, message: Message): void {
    const previous = this.#queues.get(channel) ?? Promise.resolve();
    const sent = previous
      .then(() => this.#sockets[channel].send(this.#wire.encode(message)))
      .catch((error) => report(`a message on ${channel} could not be sent`, error));
    this.#queues.set(channel, sent);
  }

  /** Resolves when ZeroMQ has taken all that was sent before this call. */
  async sent(): Promise<void> {
    await Promise.all(this.#queues.values());
  }

  /** Hands on what arrives, for as long as the kernel lives. */
  async listen(listener: Listener): Promise<void> {
    await Promise.all([
      this.#receive("shell", listener),
      this.#receive("control", listener),
      this.#receive("stdin", listener),
      this.#welcome(listener),
      this.#beat(),
    ]);
  }

  #address(port: number): string {
    const { transport, ip } = this.#connection;
    return transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
  }

  async #receive(channel: Incoming, listener: Listener): Promise<void> {
    for await (const frames of this.#sockets[channel]) {
      try {
        await listener.receive(channel, this.#wire.decode(frames));
      } catch (error) {
        report(`a message on ${channel} was ignored`, error);
      }
    }
  }

  async #welcome(listener: Listener): Promise<void> {
    for await (const [frame] of this.#sockets.iopub) {
      // 1 is a subscription, 0 the end of one; the topic follows.
      if (frame[0] === 1) listener.welcome(frame.subarray(1));
    }
  }

  async #beat(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }
}

function report(what: string, error: unknown): void {
  process.stderr.write(`kernel: ${what}: ${error instanceof Error ? error.message : error}\n`);
}
