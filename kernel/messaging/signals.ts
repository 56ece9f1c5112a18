/**
 * Signals to the process, told to a thread that is never held up by the reader's code.
 *
 * Jupyter's own front ends need none: they interrupt and end a kernel by messages, and start it in a session of its own,
 * where a terminal's Ctrl-C does not reach it. But VS Code ends kernels by SIGTERM, as does whatever supervises a server,
 * and then too, even in an endless loop, children and temporary files are not to be left behind. SIGINT comes from a
 * terminal in which somebody has started a kernel by hand: it interrupts the cell, and does not end the kernel.
 */

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
