/** What the main thread says to the front ends; the messaging thread sends it. */
import { type Message, newMessage } from "../messaging/message";
import type { Channel, ToMessaging } from "../threads";

export class FrontEnds {
  readonly #session: string;
  readonly #tell: (order: ToMessaging) => void;

  constructor(session: string, tell: (order: ToMessaging) => void) {
    this.#session = session;
    this.#tell = tell;
  }

  /** To all of them, about a request. An execute_input to `remember` goes into the history. */
  publish(request: Message, msg_type: string, content: object, remember = false): void {
    const parent = request.header;
    const message = newMessage({ session: this.#session, msg_type, parent }, content);
    this.#tell({ type: "send", channel: "iopub", message, remember });
  }

  /** To the one that sent the execute_request. */
  reply(request: Message, content: object): void {
    this.#send("shell", "execute_reply", request, content);
  }

  /** Has the one that sent the request ask its reader. */
  ask(request: Message, prompt: string): void {
    this.#send("stdin", "input_request", request, { prompt, password: false });
  }

  #send(channel: Channel, msg_type: string, request: Message, content: object): void {
    const { header: parent, identities } = request;
    const message = newMessage({ session: this.#session, msg_type, parent, identities }, content);
    this.#tell({ type: "send", channel, message });
  }
}
