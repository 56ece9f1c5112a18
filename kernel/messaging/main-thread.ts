/** The main thread as the messaging thread sees it, which reaches it also while it computes or sleeps. */
import type { MessagePort } from "node:worker_threads";
import { FLAG, type ToMain } from "../threads";
import type { Message } from "./message";

/** How long the main thread may take to obey an interrupt, in milliseconds; see HELD_UP in run/interrupts.ts. */
const TIME_TO_OBEY = 1500;

export class MainThread {
  readonly #port: MessagePort;
  readonly #input: MessagePort;
  readonly #flags: Int32Array;
  /** The number of the last interrupt. */
  #interrupts = 0;

  /** @param input where `prompt` takes its answer from */
  constructor(port: MessagePort, input: MessagePort, flags: SharedArrayBuffer) {
    this.#port = port;
    this.#input = input;
    this.#flags = new Int32Array(flags);
  }

  execute(message: Message): void {
    this.#tell({ type: "execute", message, arrived: Date.now() });
  }

  /** @param onDisobedience called when, some time later, neither the event loop nor a loop has obeyed */
  interrupt(onDisobedience: () => void): void {
    this.#interrupts += 1;
    const number = this.#interrupts;
    Atomics.store(this.#flags, FLAG.interrupt, number);
    this.#tell({ type: "interrupt", number });
    this.answerPrompt(undefined);
    setTimeout(() => {
      if (Atomics.load(this.#flags, FLAG.interrupt) === number) onDisobedience();
    }, TIME_TO_OBEY);
  }

  /** The main thread sleeps on the flag while `prompt` waits; undefined means that it was interrupted. */
  answerPrompt(value: string | undefined): void {
    this.#input.postMessage(value);
    Atomics.store(this.#flags, FLAG.input, 1);
    Atomics.notify(this.#flags, FLAG.input);
  }

  #tell(order: ToMain): void {
    this.#port.postMessage(order);
  }
}
