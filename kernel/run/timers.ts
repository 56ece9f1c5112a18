/**
 * Timers of cells: none of them comes any more once its cell runs again, or once an interrupt ends what cells have left
 * running, so that a chain of them ends.
 */
import timers, { type TimerOptions } from "node:timers";
import promised from "node:timers/promises";
import { callSites } from "./call-sites";
import { type CellRun, currentRun } from "./cell-run";

/** From now on, a timer belongs to the run that has set it. */
export function noteTimers(): void {
  noteCallbacks();
  notePromises();
}

type Timer = NodeJS.Timeout | NodeJS.Immediate;
type Callback = (...args: unknown[]) => unknown;
type SetTimer = (callback: Callback, ...rest: unknown[]) => Timer;

const KINDS = [
  ["setTimeout", "clearTimeout"],
  ["setInterval", "clearInterval"],
  ["setImmediate", "clearImmediate"],
] as const;

/** Timeouts and immediates until they have come, and intervals. */
function noteCallbacks(): void {
  const notes = new WeakMap<object, { run: CellRun; note(): void; forget(): void }>();
  for (const [setName, clearName] of KINDS) {
    const set = timers[setName] as SetTimer;
    const clear = timers[clearName] as (timer: unknown) => void;
    const noted: SetTimer = (callback, ...rest) => {
      const run = currentRun();
      if (!run || typeof callback !== "function") return set(callback, ...rest);
      if (run.beginsNothing && isCalledByNode(noted)) return set(callback, ...rest);
      const isLeftOut = run.leavesOutNewWork();
      const timer = set(
        function (this: unknown, ...args) {
          if (setName !== "setInterval") notes.get(timer)?.forget();
          return Reflect.apply(callback, this, args);
        },
        ...rest,
      );
      if (isLeftOut) {
        clear(timer);
        return timer;
      }
      let forget = () => {};
      const note = () => {
        forget();
        forget = run.onCancel((interrupted) => {
          clear(timer);
          const isWaitedFor = isSettling(callback);
          if (interrupted && isWaitedFor) callback();
          return !isWaitedFor;
        });
      };
      note();
      notes.set(timer, { run, note, forget: () => forget() });
      return timer;
    };
    const cleared = (timer: unknown) => {
      if (typeof timer === "object" && timer !== null) notes.get(timer)?.forget();
      clear(timer);
    };
    Object.defineProperties(noted, Object.getOwnPropertyDescriptors(set));
    for (const holder of [globalThis, timers]) {
      Object.assign(holder, { [setName]: noted, [clearName]: cleared });
    }
  }
  const timeout = timers.setTimeout(() => {}, 0);
  clearTimeout(timeout);
  const prototype: NodeJS.Timeout = Object.getPrototypeOf(timeout);
  const { refresh } = prototype;
  // One that has come may be set anew.
  prototype.refresh = function () {
    const noted = notes.get(this);
    if (noted?.run.isOver) return this;
    noted?.note();
    return refresh.call(this);
  };
}

/** An error that nobody catches has Node set an immediate, and a second error there would end the process. */
function isCalledByNode(set: SetTimer): boolean {
  const [caller] = callSites(set, 1);
  return caller?.getFileName()?.startsWith("node:internal/process/") ?? false;
}

/** Whether it is what a promise is settled by: `new Promise(resolve => setTimeout(resolve, 5))`. */
function isSettling(callback: Callback): boolean {
  return callback.name === "" && /^function \(\) \{ \[native code\] \}$/.test(String(callback));
}

/** Those that are awaited: as with a timeout that does not come, the wait has no end when its cell runs again. */
function notePromises(): void {
  const { setTimeout: wait, setInterval: repeat, setImmediate: turn, scheduler } = promised;
  const noted =
    <A extends unknown[], T>(begin: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> => {
      const run = currentRun();
      if (!run) return begin(...args);
      if (run.leavesOutNewWork()) return new Promise(() => {});
      const whole = begin(...args);
      return new Promise((resolve, reject) => {
        let isWanted = true;
        const forget = run.onCancel((interrupted) => {
          isWanted = false;
          if (interrupted) reject(interrupted);
          return false;
        });
        const unlessCancelled = (settle: () => void) => {
          forget();
          if (isWanted) settle();
        };
        whole.then(
          (result) => unlessCancelled(() => resolve(result)),
          (error) => unlessCancelled(() => reject(error)),
        );
      });
    };
  const waiting = noted(wait);
  const turning = noted(turn);
  const repeating = async function* <T>(delay?: number, value?: T, options?: TimerOptions) {
    const run = currentRun();
    for await (const each of repeat(delay, value, options)) {
      if (run?.isOver) break;
      yield each;
    }
    if (run?.isOver) await new Promise(() => {});
  };
  Object.assign(promised, { setTimeout: waiting, setInterval: repeating, setImmediate: turning });
  scheduler.wait = (delay, options) => waiting(delay, undefined, options);
  scheduler.yield = () => turning();
}
