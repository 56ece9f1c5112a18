/** `process.stdin`, from which a cell can read nothing: the kernel has no terminal. */
import { Readable } from "node:stream";

/** From now on, whoever reads from `process.stdin` is told of `prompt`. */
export function referToPrompt(): void {
  let input = unreadable();
  const get = (): Readable => {
    // The next cell is told again.
    if (input.destroyed) input = unreadable();
    return input;
  };
  Object.defineProperty(process, "stdin", { get, configurable: true, enumerable: true });
}

function unreadable(): Readable {
  const input = new Readable({
    read() {
      this.destroy(
        new Error(
          "process.stdin: a notebook has no terminal to read from, and readline neither; " +
            'prompt("Name?") asks the reader, and returns what was typed',
        ),
      );
    },
  });
  // So that a child may be given it.
  return Object.assign(input, { fd: 0 });
}
