/** `process.stdin`, from which a cell can read nothing: the kernel has no terminal. */
import readline from "node:readline";
import promised from "node:readline/promises";
import { Readable } from "node:stream";

const INSTEAD =
  "process.stdin: a notebook has no terminal to read from, and readline neither; " +
  'prompt("Name?") asks the reader, and returns what was typed';

class Unreadable extends Readable {
  /** So that a child may be given it. */
  readonly fd = 0;

  override _read(): void {
    this.destroy(new Error(INSTEAD));
  }
}

/** From now on, whoever reads from `process.stdin` is told of `prompt`. */
export function referToPrompt(): void {
  let input = new Unreadable();
  const get = (): Readable => {
    // The next cell is told again.
    if (input.destroyed) input = new Unreadable();
    return input;
  };
  Object.defineProperty(process, "stdin", { get, configurable: true, enumerable: true });
  refuseQuestions();
}

type Ask = (this: { input?: unknown }, ...args: never[]) => unknown;

/** A question of readline, whose answer would never come, fails. */
function refuseQuestions(): void {
  const refusing = (question: Ask, refuse: (error: Error) => unknown): Ask => {
    const asked: Ask = function (...args) {
      const { input } = this;
      if (!(input instanceof Unreadable)) return Reflect.apply(question, this, args);
      // It is told here, and not once more by the stream.
      input.destroy();
      return refuse(new Error(INSTEAD));
    };
    return Object.defineProperties(asked, Object.getOwnPropertyDescriptors(question));
  };
  const { Interface: inCallbacks } = readline;
  const { Interface: inPromises } = promised;
  const raise = (error: Error): never => {
    throw error;
  };
  Object.assign(inCallbacks.prototype, {
    question: refusing(inCallbacks.prototype.question, raise),
  });
  Object.assign(inPromises.prototype, {
    question: refusing(inPromises.prototype.question, (error) => Promise.reject(error)),
  });
}
