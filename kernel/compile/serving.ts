/** A compiler at the service of one kernel. */
import type { MessagePort } from "node:worker_threads";
import { type Port, serve } from "../remote";
import type { Compiler } from "./compiler";

/** Without a request for so long, in milliseconds, the compiler is at rest. */
const QUIET = 1000;

/** Answers what comes on the port; the function that is returned ends all else. */
export function serveCompiler(compiler: Compiler, port: Port): () => void {
  serve(port, compiler);
  // What this kernel compiles, others need not: it is kept while nobody waits for an answer.
  const keepNext = () => {
    if (compiler.keepHelper()) timer = setTimeout(keepNext, 0).unref();
  };
  const keepSoon = () => setTimeout(keepNext, QUIET).unref();
  let timer = keepSoon();
  (port as MessagePort).on("message", () => {
    clearTimeout(timer);
    timer = keepSoon();
  });
  return () => clearTimeout(timer);
}
