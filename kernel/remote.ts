/** Calls from one thread to the methods of another, over a MessagePort. */
import type { MessagePort, Worker } from "node:worker_threads";

type Port = MessagePort | Worker;
type RemoteCall = { id: number; method: string; args: unknown[] };
type Returned = { id: number; value?: unknown; error?: unknown };

/** What a call gets when the compiler thread is no more. */
export class CompilerEnded extends Error {
  override name = "CompilerEnded";
  constructor(cause?: Error) {
    super("the kernel's compiler has ended: restart the kernel to go on", { cause });
  }
}

/** The methods of `T` as another thread sees them: each returns a promise. */
export type Remote<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** Answers, one at a time and in order, the calls that arrive on `port`. */
export function serve(port: Port, target: object): void {
  const methods = target as Record<string, (...args: unknown[]) => unknown>;
  port.on("message", ({ id, method, args }: RemoteCall) => {
    try {
      port.postMessage({ id, value: methods[method](...args) } satisfies Returned);
    } catch (error) {
      port.postMessage({ id, error } satisfies Returned);
    }
  });
}

/** Calls the methods that another thread serves on `port`. `fail` rejects whatever is still waiting, and all later calls. */
export function connect<T extends object>(
  port: Port,
): { remote: Remote<T>; fail(error: Error): void } {
  const waiting = new Map<
    number,
    { resolve(value: unknown): void; reject(error: unknown): void }
  >();
  let nextId = 0;
  let failure: Error | undefined;
  port.on("message", (returned: Returned) => {
    const caller = waiting.get(returned.id);
    waiting.delete(returned.id);
    if ("error" in returned) caller?.reject(returned.error);
    else caller?.resolve(returned.value);
  });
  const remote = new Proxy({} as Remote<T>, {
    get:
      (_target, method) =>
      (...args: unknown[]): Promise<unknown> => {
        if (failure) return Promise.reject(failure);
        const id = nextId++;
        port.postMessage({ id, method: String(method), args } satisfies RemoteCall);
        return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
      },
  });
  return {
    remote,
    fail(error) {
      failure = error;
      for (const caller of waiting.values()) caller.reject(error);
      waiting.clear();
    },
  };
}
