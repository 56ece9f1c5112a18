/** Signals to the process, told to a thread that is never held up by the reader's code. */

/** `process.on("SIGINT")` works on the main thread only, which may be in an endless loop. */
interface SignalWrap {
  onsignal: (signal: number) => void;
  start(signal: number): number;
  unref(): void;
}

/** A worker started with these options may call `onSignal`; Node offers no public way. */
export const SIGNAL_THREAD_OPTIONS = ["--expose-internals", "--no-warnings"];

const watchers: SignalWrap[] = [];

/** Calls `handler` on this thread for each signal of that number that the process gets. */
export function onSignal(signal: number, handler: () => void): void {
  const { internalBinding } = require("internal/test/binding") as {
    internalBinding(name: "signal_wrap"): { Signal: new () => SignalWrap };
  };
  const { Signal } = internalBinding("signal_wrap");
  const watcher = new Signal();
  watcher.onsignal = handler;
  watcher.start(signal);
  watcher.unref();
  watchers.push(watcher);
}
