/**
 * Ends JavaScript that runs and never asks whether there was an interrupt: a regular expression, `eval`, a package.
 *
 * The messaging thread reaches this thread in the midst of it, through V8's inspector, and calls what is offered here.
 * V8 then ends all that runs, down to the event loop, and no `catch` or `finally` sees of it.
 */
import { Session } from "node:inspector";
import { FLAG, TERMINATE } from "../threads";
import { callSites } from "./call-sites";
import { Interrupted } from "./cell-run";
import { setImmediate } from "./own-timers";

/** One look at what runs. */
interface Look {
  /** Of the interrupt for which it was. */
  number: number;
  isAmidWork: boolean;
  /** Whether a tick or a microtask has run since. */
  hasGoneOn: boolean;
  /** Whether the event loop has turned since. */
  hasTurned: boolean;
}

/**
 * From now on, `globalThis[TERMINATE](number)` ends what runs, if nobody has obeyed the interrupt of that number. To be
 * called again and again: of one call alone nobody can tell what runs.
 *
 * @param breakAwait has the next `await` of guarded code fail, which calls nothing that could, and calls what it is given
 * first; with nothing, no longer
 */
export function offerTermination(
  flags: Int32Array,
  breakAwait: (onBreak?: () => void) => void,
): void {
  let session: Session | undefined;
  let last: Look | undefined;
  let mend = () => {};
  const look = (number: number, isAmidWork: boolean): Look => {
    const now: Look = { number, isAmidWork, hasGoneOn: false, hasTurned: false };
    const goesOn = () => {
      now.hasGoneOn = true;
    };
    queueMicrotask(goesOn);
    process.nextTick(goesOn);
    setImmediate(() => {
      now.hasTurned = true;
      mend();
    });
    return now;
  };
  const terminate = (number: number): void => {
    if (Atomics.load(flags, FLAG.interrupt) !== number) return;
    const before = last?.number === number ? last : undefined;
    const isAmidWork = isCalledAmidWork(terminate);
    mend();
    if (isAmidWork && before?.isAmidWork && !before.hasGoneOn) {
      session ??= connected();
      forgetAsyncContexts();
      session.post("Runtime.terminateExecution");
      return;
    }
    last = look(number, isAmidWork);
    // A chain of short callbacks is not to be ended so: Node may just be about to begin the next one.
    if (before?.hasGoneOn && !before.hasTurned) mend = breakChain(breakAwait);
  };
  Object.defineProperty(globalThis, TERMINATE, { value: terminate });
}

/** Whoever next calls what such a chain goes on with, fails; until what is returned is called. */
function breakChain(breakAwait: (onBreak?: () => void) => void): () => void {
  const { nextTick } = process;
  const { queueMicrotask } = globalThis;
  const { then } = Promise.prototype;
  let isBroken = true;
  const mend = () => {
    if (!isBroken) return;
    isBroken = false;
    put(nextTick, queueMicrotask, then);
    breakAwait();
  };
  const fail = (): never => {
    mend();
    throw new Interrupted();
  };
  put(fail, fail, fail);
  breakAwait(mend);
  return mend;
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
  return callSites(callee, 2).length === 2;
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
