/** `prompt`, which asks the reader and waits for the answer, as in a browser. */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { FLAG } from "../threads";
import { type CellRun, currentRun, Interrupted } from "./cell-run";

/**
 * Offers `prompt(message, defaultValue)` to cells.
 *
 * The thread sleeps until the answer is there, and nothing else of the notebook runs meanwhile.
 *
 * @param ask sends an input_request for that run
 * @param answers where the messaging thread posts what the reader typed
 */
export function offerPrompt(
  ask: (run: CellRun, text: string) => void,
  answers: MessagePort,
  flags: Int32Array,
): void {
  const prompt = (message = "", defaultValue = ""): string => {
    const run = currentRun();
    if (run?.request.content.allow_stdin !== true) {
      throw new Error(
        "prompt: nobody can answer here, as the front end that runs the cell takes no input",
      );
    }
    while (receiveMessageOnPort(answers)) {
      // An answer that came after an interrupt is nobody's.
    }
    Atomics.store(flags, FLAG.input, 0);
    ask(run, message === "" ? "" : `${message} `);
    Atomics.wait(flags, FLAG.input, 0);
    const answer = receiveMessageOnPort(answers)?.message as string | undefined;
    if (answer === undefined) throw new Interrupted();
    return answer === "" ? defaultValue : answer;
  };
  Object.assign(globalThis, { prompt });
}
