/** Timers of cells: none of them comes any more once its cell runs again, so that a chain of them ends. */
import timers, { type TimerOptions } from "node:timers";
import promised from "node:timers/promises";
import { currentRun } from "./cell-run";

/** From now on, a timer belongs to the run that has set it. */
export function noteTimers(): void {
  noteCallbacks();
  notePromises();
}

type SetTimer = (callback: (...args: unknown[]) => unknown, ...rest: unknown[]) => NodeJS.Timeout;

/** Intervals, and timeouts until they have come. */
function noteCallbacks(): void {
  const forgets = new WeakMap<object, () => void>();
  const note = (
    setName: "setInterval" | "setTimeout",
    clearName: "clearInterval" | "clearTimeout",
  ) => {
    const set = timers[setName] as SetTimer;
    const clear = timers[clearName];
    const noted: SetTimer = (callback, ...rest) => {
      const run = currentRun();
      if (!run || typeof callback !== "function") return set(callback, ...rest);
      const timer = set(
        function (this: unknown, ...args) {
          if (setName === "setTimeout") forgets.get(timer)?.();
          return Reflect.apply(callback, this, args);
        },
        ...rest,
      );
      // A chain that was waiting for something else while the cell began anew.
      if (run.isOver) {
        clear(timer);
        return timer;
      }
      const forget = run.onRerun(() => clear(timer));
      forgets.set(timer, forget);
      return timer;
    };
    const cleared: typeof clear = (timer) => {
      if (typeof timer === "object") forgets.get(timer)?.();
      clear(timer);
    };
    Object.defineProperties(noted, Object.getOwnPropertyDescriptors(set));
    for (const holder of [globalThis, timers]) {
      Object.assign(holder, { [setName]: noted, [clearName]: cleared });
    }
  };
  note("setInterval", "clearInterval");
  note("setTimeout", "clearTimeout");
}

/** Those that are awaited: as with a timeout that does not come, the wait has no end then. */
function notePromises(): void {
  const { setTimeout: wait, setInterval: repeat, scheduler } = promised;
  const waiting = <T>(delay?: number, value?: T, options?: TimerOptions): Promise<T> => {
    const run = currentRun();
    const whole = wait(delay, value, options);
    if (!run) return whole;
    return new Promise((resolve, reject) => {
      const unlessOver = (settle: () => void) => {
        if (!run.isOver) settle();
      };
      whole.then(
        (result) => unlessOver(() => resolve(result)),
        (error) => unlessOver(() => reject(error)),
      );
    });
  };
  const repeating = async function* <T>(delay?: number, value?: T, options?: TimerOptions) {
    const run = currentRun();
    for await (const each of repeat(delay, value, options)) {
      if (run?.isOver) break;
      yield each;
    }
    if (run?.isOver) await new Promise(() => {});
  };
  Object.assign(promised, { setTimeout: waiting, setInterval: repeating });
  scheduler.wait = (delay, options) => waiting(delay, undefined, options);
}
