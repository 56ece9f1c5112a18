/** Calls from one thread or process to the methods of another, over a MessagePort or what is like one. */
import type { MessagePort, Worker } from "node:worker_threads";
import type { LinePort } from "./lines";

export type Port = MessagePort | Worker | LinePort;

type RemoteCall = { id: number; method: string; args: unknown[] };
type Returned = { id: number; value?: unknown; error?: SentError };

/** An error on its way: a clone of the object itself would lose its name. */
interface SentError {
  name: string;
  message: string;
  stack?: string;
  cause?: SentError;
}

/** What a call gets when the compiler is no more. */
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

/** Answers the calls that arrive on `port`: in order, if the methods return no promises. */
export function serve(port: Port, target: object): void {
  const methods = target as Record<string, (...args: unknown[]) => unknown>;
  (port as MessagePort).on("message", async ({ id, method, args }: RemoteCall) => {
    try {
      port.postMessage({ id, value: await methods[method](...args) } satisfies Returned);
    } catch (error) {
      port.postMessage({ id, error: sent(error) } satisfies Returned);
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
  (port as MessagePort).on("message", (returned: Returned) => {
    const caller = waiting.get(returned.id);
    waiting.delete(returned.id);
    if (returned.error) caller?.reject(received(returned.error));
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

function sent(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack, cause } = error;
  return { name, message, stack, cause: cause === undefined ? undefined : sent(cause) };
}

function received({ cause, ...error }: SentError): Error {
  return Object.assign(new Error(error.message, { cause: cause && received(cause) }), error);
}
