/** Execute requests, one after the other. */
import type { Message } from "../messaging/message";
import type { ExecuteRequest } from "../threads";
import type { FrontEnds } from "./front-ends";
import { type Dated, StopOnError } from "./stop-on-error";

/**
 * Executes a request and replies to it; never rejects.
 *
 * @param onFailure called before a failure is told that aborts what waits behind it
 */
type Execute = (request: Message, onFailure: () => void) => Promise<void>;

export class ExecuteQueue {
  readonly #execute: Execute;
  readonly #frontEnds: FrontEnds;
  readonly #waiting: ExecuteRequest[] = [];
  readonly #stopOnError = new StopOnError();
  #busy = false;

  constructor(execute: Execute, frontEnds: FrontEnds) {
    this.#execute = execute;
    this.#frontEnds = frontEnds;
  }

  add(request: ExecuteRequest): void {
    this.#waiting.push(request);
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { message } = next;
      this.#frontEnds.publish(message, "status", { execution_state: "busy" });
      await this.#answer(message, { sent: message.header.date, arrived: next.arrived });
      this.#frontEnds.publish(message, "status", { execution_state: "idle" });
    }
    this.#busy = false;
  }

  async #answer(message: Message, dated: Dated): Promise<void> {
    if (this.#stopOnError.isAborted(dated)) this.#frontEnds.reply(message, { status: "aborted" });
    else await this.#execute(message, () => this.#stopOnError.fail(dated, Date.now()));
  }
}
