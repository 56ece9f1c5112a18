/** The main thread as the messaging thread sees it, which reaches it also while it computes or sleeps. */
import { setTimeout as sleep } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import { FLAG, TERMINATE, type ToMain } from "../threads";
import type { Message } from "./message";

/** How long the main thread may take to obey an interrupt by itself, in milliseconds; see HELD_UP in run/interrupts.ts. */
const TIME_TO_OBEY = 800;

/** How long after that what runs there should have been ended, and how often that is tried, in milliseconds. */
const TIME_TO_END = 1000;
const END_INTERVAL = 100;

export class MainThread {
  readonly #port: MessagePort;
  readonly #input: MessagePort;
  readonly #flags: Int32Array;
  readonly #evaluate: (expression: string) => Promise<void>;
  /** The number of the last interrupt. */
  #interrupts = 0;

  /**
   * @param input where `prompt` takes its answer from
   * @param evaluate has the thread evaluate an expression in the midst of what it computes; resolves when it has
   */
  constructor(
    port: MessagePort,
    input: MessagePort,
    flags: SharedArrayBuffer,
    evaluate: (expression: string) => Promise<void>,
  ) {
    this.#port = port;
    this.#input = input;
    this.#flags = new Int32Array(flags);
    this.#evaluate = evaluate;
  }

  execute(message: Message): void {
    this.#tell({ type: "execute", message, arrived: Date.now() });
  }

  /** Whether it sleeps until a child has ended. */
  get waitsForChild(): boolean {
    return Atomics.load(this.#flags, FLAG.waitsForChild) !== 0;
  }

  /**
   * @param onSlowness called when it has not obeyed at once
   * @param onDisobedience called when, some time later, it could not be ended either
   */
  interrupt(onSlowness: () => void, onDisobedience: () => void): void {
    this.#interrupts += 1;
    const number = this.#interrupts;
    Atomics.store(this.#flags, FLAG.interrupt, number);
    this.#tell({ type: "interrupt", number });
    this.answerPrompt(undefined);
    const isOpen = () => Atomics.load(this.#flags, FLAG.interrupt) === number;
    const endWhatRuns = async () => {
      let isAsked = false;
      // Also when it has been said that it cannot be ended: a thread that gets little time is slow to hear of it.
      for (let left = TIME_TO_END; isOpen(); left -= END_INTERVAL) {
        if (left === 0) onDisobedience();
        if (!isAsked) {
          isAsked = true;
          void this.#terminate(number).then(() => {
            isAsked = false;
          });
        }
        await sleep(END_INTERVAL, undefined, { ref: false });
      }
    };
    setTimeout(() => {
      if (isOpen()) onSlowness();
      void endWhatRuns();
    }, TIME_TO_OBEY);
  }

  /** Ends what runs, unless the interrupt is obeyed before this arrives; see run/endless-javascript.ts. */
  #terminate(number: number): Promise<void> {
    return this.#evaluate(`globalThis[Symbol.for("${TERMINATE.description}")](${number})`);
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
