/** V8's inspector, by which this thread reaches the main thread also while that computes. */
import { Session } from "node:inspector";

let session: Session | undefined;

/** Has the main thread evaluate an expression in the midst of what it computes. */
export function evaluateOnMainThread(expression: string): void {
  if (!session) {
    session = new Session();
    session.connectToMainThread();
  }
  session.post("Runtime.evaluate", { expression });
}
