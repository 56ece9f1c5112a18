/**
 * Ends JavaScript that runs and never asks whether there was an interrupt: a regular expression, `eval`, a package.
 *
 * The messaging thread reaches this thread in the midst of it, through V8's inspector, and calls what is offered here.
 * V8 then ends all that runs, down to the event loop, and no `catch` or `finally` sees of it.
 */
import { Session } from "node:inspector";
import { FLAG, TERMINATE } from "../threads";
import { Interrupted } from "./cell-run";

/**
 * From now on, `globalThis[TERMINATE](number)` ends what runs, if nobody has obeyed the interrupt of that number.
 *
 * @param breakAwait has the next `await` of guarded code fail, which calls nothing that could, and calls what it is given
 * first; with nothing, no longer
 */
export function offerTermination(
  flags: Int32Array,
  breakAwait: (onBreak?: () => void) => void,
): void {
  let session: Session | undefined;
  let met = 0;
  let isOneCall = false;
  const terminate = (number: number): void => {
    if (Atomics.load(flags, FLAG.interrupt) !== number || !isCalledAmidWork(terminate)) return;
    if (met !== number || !isOneCall) {
      const note = () => {
        isOneCall = false;
      };
      queueMicrotask(note);
      process.nextTick(note);
      // A chain of short callbacks is not to be ended so: Node may just be about to begin the next one.
      if (met === number) breakChain(breakAwait);
      met = number;
      isOneCall = true;
      return;
    }
    session ??= connected();
    forgetAsyncContexts();
    session.post("Runtime.terminateExecution");
  };
  Object.defineProperty(globalThis, TERMINATE, { value: terminate });
}

/** Whoever next calls what such a chain goes on with, fails. */
function breakChain(breakAwait: (onBreak?: () => void) => void): void {
  const { nextTick } = process;
  const { queueMicrotask } = globalThis;
  const { then } = Promise.prototype;
  const mend = () => put(nextTick, queueMicrotask, then);
  const fail = (): never => {
    mend();
    breakAwait();
    throw new Interrupted();
  };
  put(fail, fail, fail);
  breakAwait(mend);
}

function put(nextTick: unknown, queueMicrotask: unknown, then: unknown): void {
  Object.assign(process, { nextTick });
  Object.assign(globalThis, { queueMicrotask });
  Object.assign(Promise.prototype, { then });
}

function connected(): Session {
  const session = new Session();
  session.connect();
  return session;
}

/** Whether anything runs below the one frame that calls; else V8 would end what comes next, and that is Node's. */
function isCalledAmidWork(callee: (number: number) => void): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 2;
    Error.prepareStackTrace = (_error, frames) => frames.length;
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, callee);
    return holder.stack === 2;
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
}

/**
 * Has Node forget which callbacks it is in, as after an exception that nobody catches. Node would miss their ends, which
 * do not come, and abort.
 */
function forgetAsyncContexts(): void {
  const { _fatalException } = process as unknown as { _fatalException(error: Error): boolean };
  const isOurs = !process.hasUncaughtExceptionCaptureCallback();
  if (isOurs) process.setUncaughtExceptionCaptureCallback(() => {});
  _fatalException.call(process, new Error("terminated"));
  if (isOurs) process.setUncaughtExceptionCaptureCallback(null);
}
