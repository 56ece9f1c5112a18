/** `prompt`, `confirm` and `alert`, which ask the reader and wait for the answer, as in a browser. */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { FLAG } from "../threads";
import { type CellRun, currentRun, Interrupted } from "./cell-run";

/**
 * Offers `prompt(message, defaultValue)`, `confirm(message)` and `alert(message)` to cells.
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
  const answerTo = (question: string, caller: string): string => {
    const run = currentRun();
    if (run?.request.content.allow_stdin !== true) {
      throw new Error(
        `${caller}: nobody can answer here, as the front end that runs the cell takes no input`,
      );
    }
    while (receiveMessageOnPort(answers)) {
      // An answer that came after an interrupt is nobody's.
    }
    Atomics.store(flags, FLAG.input, 0);
    ask(run, question === "" ? "" : `${question} `);
    Atomics.wait(flags, FLAG.input, 0);
    const answer = receiveMessageOnPort(answers)?.message as string | undefined;
    if (answer === undefined) throw new Interrupted();
    return answer;
  };
  const prompt = (message = "", defaultValue = ""): string =>
    answerTo(message, "prompt") || defaultValue;
  const confirm = (message = ""): boolean =>
    /^\s*y(es)?\s*$/i.test(answerTo(`${message} [y/N]`.trimStart(), "confirm"));
  const alert = (message = ""): void => {
    answerTo(`${message} [Enter]`.trimStart(), "alert");
  };
  Object.assign(globalThis, { prompt, confirm, alert });
}
