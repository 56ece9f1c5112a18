/** Messages over a stream, each as a line of JSON: a port between processes. */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";

export class LinePort extends EventEmitter<{ message: [message: unknown]; close: [] }> {
  readonly #stream: Duplex;
  #begun = "";

  constructor(stream: Duplex) {
    super();
    this.#stream = stream;
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => this.#receive(text));
    // What breaks, closes.
    stream.on("error", () => {});
    stream.on("close", () => this.emit("close"));
  }

  postMessage(message: object): void {
    this.#stream.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    this.#stream.destroy();
  }

  #receive(text: string): void {
    const lines = text.split("\n");
    lines[0] = this.#begun + lines[0];
    this.#begun = lines.pop() ?? "";
    for (const line of lines) this.emit("message", JSON.parse(line));
  }
}
