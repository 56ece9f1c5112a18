/** V8's inspector, by which this thread reaches the main thread also while that computes. */
import { Session } from "node:inspector";

let session: Session | undefined;

/** Has the main thread evaluate an expression in the midst of what it computes; resolves when it has. */
export function evaluateOnMainThread(expression: string): Promise<void> {
  const connected = session ?? new Session();
  if (!session) connected.connectToMainThread();
  session = connected;
  return new Promise((resolve) => {
    connected.post("Runtime.evaluate", { expression }, () => resolve());
  });
}
