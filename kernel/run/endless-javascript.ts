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

/** A chain of ticks, microtasks or awaits that is being broken. */
export interface Chain {
  /** Called at each of its links. Throws Interrupted at the one that is to be its last. */
  goOn(): void;
  /** From now on, it is not to be broken any more. */
  mend(): void;
  readonly isMended: boolean;
}

type Call = (...args: unknown[]) => unknown;

/**
 * So many links without a turn of the event loop, and the chain is broken. Two looks may also follow each other at once,
 * where the processor was busy with other programs: what then goes on, a few links, is about to turn.
 */
const MOST_LINKS = 100;

// As they are while a chain is being broken, too.
const { nextTick } = process;
const { queueMicrotask } = globalThis;

/**
 * From now on, `globalThis[TERMINATE](number)` ends what runs, if nobody has obeyed the interrupt of that number. To be
 * called again and again: of one call alone nobody can tell what runs.
 *
 * @param breakAwait has each `await` of guarded code, which calls nothing that could, be a link of this chain; with
 * none, no longer
 */
export function offerTermination(flags: Int32Array, breakAwait: (chain?: Chain) => void): void {
  let session: Session | undefined;
  let last: Look | undefined;
  let chain: Chain | undefined;
  const look = (number: number, isAmidWork: boolean): Look => {
    const now: Look = { number, isAmidWork, hasGoneOn: false, hasTurned: false };
    const goesOn = () => {
      now.hasGoneOn = true;
    };
    queueMicrotask(goesOn);
    nextTick.call(process, goesOn);
    setImmediate(() => {
      now.hasTurned = true;
      chain?.mend();
    });
    return now;
  };
  const terminate = (number: number): void => {
    if (Atomics.load(flags, FLAG.interrupt) !== number) return;
    const before = last?.number === number ? last : undefined;
    const isAmidWork = isCalledAmidWork(terminate);
    if (isAmidWork && before?.isAmidWork && !before.hasGoneOn) {
      chain?.mend();
      session ??= connected();
      forgetAsyncContexts();
      session.post("Runtime.terminateExecution");
      return;
    }
    last = look(number, isAmidWork);
    // A chain of short callbacks is not to be ended so: Node may just be about to begin the next one.
    const isBroken = chain?.isMended === false;
    if (before?.hasGoneOn && !before.hasTurned && !isBroken) chain = breakChain(breakAwait);
  };
  Object.defineProperty(globalThis, TERMINATE, { value: terminate });
}

/** Whoever calls what such a chain goes on with, fails in the end. */
function breakChain(breakAwait: (chain?: Chain) => void): Chain {
  const { nextTick } = process;
  const { queueMicrotask } = globalThis;
  const { then } = Promise.prototype;
  let links = 0;
  const chain = {
    isMended: false,
    mend() {
      if (chain.isMended) return;
      chain.isMended = true;
      put(nextTick, queueMicrotask, then);
      breakAwait();
    },
    goOn() {
      links += 1;
      if (links < MOST_LINKS) return;
      chain.mend();
      throw new Interrupted();
    },
  };
  const linked = (call: unknown): Call =>
    function (this: unknown, ...args) {
      chain.goOn();
      return Reflect.apply(call as Call, this, args);
    };
  put(linked(nextTick), linked(queueMicrotask), linked(then));
  breakAwait(chain);
  return chain;
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
