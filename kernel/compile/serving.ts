/** Compilers at the service of kernels, and what is done while nobody waits for an answer. */
import type { MessagePort } from "node:worker_threads";
import { type Port, serve } from "../remote";
import type { Compiler } from "./compiler";

/** Without a request for so long, in milliseconds, the compilers are at rest. */
const QUIET = 1000;

export class Serving {
  readonly #compilers = new Set<Compiler>();
  readonly #atRest: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param atRest called each time that there is nothing more to do */
  constructor(atRest = () => {}) {
    this.#atRest = atRest;
  }

  /** Answers what comes on the port; the function that is returned ends that. */
  begin(compiler: Compiler, port: Port): () => void {
    serve(port, compiler);
    this.#compilers.add(compiler);
    this.#restSoon();
    (port as MessagePort).on("message", () => this.#restSoon());
    return () => void this.#compilers.delete(compiler);
  }

  #restSoon(): void {
    this.#goOnIn(QUIET);
  }

  #goOnIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), milliseconds).unref();
  }

  /** What one kernel compiles, others need not: it is kept, a helper at a time. */
  #rest(): void {
    const hasKept = [...this.#compilers].some((compiler) => compiler.keepHelper());
    if (hasKept) this.#goOnIn(0);
    else this.#atRest();
  }
}
