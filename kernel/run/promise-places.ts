/** Where promises were made that the reader's code has not awaited on the spot. */
import { types } from "node:util";

const places = new WeakMap<Promise<unknown>, string>();

/** What compiled code hands such a promise to, and gets back. */
export type NotePromise = <T>(place: string, value: T) => T;

/** @param label what a frame calls the file: `cell [3]` */
export function notePromiseIn(label: string): NotePromise {
  return (place, value) => {
    if (types.isPromise(value)) places.set(value, `${label}:${place}`);
    return value;
  };
}

/** As a frame names it, `cell [3]:1:7`; undefined where nothing was noted. */
export function placeOf(promise: Promise<unknown>): string | undefined {
  return places.get(promise);
}
