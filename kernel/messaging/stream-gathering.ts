/** Gathers what a cell prints into few messages: a front end counts messages, not octets. */
import type { Message } from "./message";

/** How long stream output is gathered before it is sent, in milliseconds. */
const GATHERING_TIME = 10;

export class StreamGathering {
  readonly #send: (message: Message) => void;
  /** Text of one stream of one cell that waits to be sent as one message. */
  #gathered: Message | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (message: Message) => void) {
    this.#send = send;
  }

  /** Takes a message of type `stream`, which is sent a little later, together with those of its kind that follow. */
  add(message: Message): void {
    const gathered = this.#gathered;
    if (gathered && isSameStream(gathered, message)) {
      gathered.content.text = `${gathered.content.text}${message.content.text}`;
    } else {
      this.flush();
      this.#gathered = message;
    }
    this.#timer ??= setTimeout(() => this.flush(), GATHERING_TIME);
  }

  /** Sends what waits. Whatever else is sent comes after what was printed before it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gathered) this.#send(this.#gathered);
    this.#gathered = undefined;
  }
}

function isSameStream(one: Message, other: Message): boolean {
  return (
    one.parent_header.msg_id === other.parent_header.msg_id &&
    one.content.name === other.content.name
  );
}
