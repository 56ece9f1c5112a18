/**
 * The text of a function, as `String(work)` gives it, without what the kernel has compiled into it: a worker, a browser or
 * another program that is handed the text has none of that.
 */
import {
  AWAITED,
  AWAITING,
  CHECK_INTERRUPT,
  DYNAMIC_IMPORT,
  IMPORT_META,
  NOTE_PROMISE,
  READER_ERROR,
} from "../compile/compiled";

/** What is called for its value keeps its parentheses, so that each of them is still closed. */
const AS_WRITTEN: [RegExp, string][] = [
  [new RegExp(`\\b(?:${CHECK_INTERRUPT}|${AWAITED})\\(\\);\\s*`, "g"), ""],
  [new RegExp(`\\b${AWAITED}\\(${AWAITING}\\(\\), `, "g"), "("],
  [new RegExp(`\\b${NOTE_PROMISE}\\("[\\d:]+", `, "g"), "("],
  [new RegExp(`\\b${READER_ERROR}\\(`, "g"), "("],
  [new RegExp(`\\b${DYNAMIC_IMPORT}\\(`, "g"), "import("],
  [new RegExp(`\\b${IMPORT_META}\\b`, "g"), "import.meta"],
];

/** From now on, the text of each function is so. */
export function keepFunctionTexts(): void {
  const original = Function.prototype.toString;
  const value = {
    // With the name, and without the `prototype`, that a method has.
    toString(this: unknown): string {
      const text: string = Reflect.apply(original, this, []);
      return AS_WRITTEN.reduce((result, [made, written]) => result.replace(made, written), text);
    },
  }.toString;
  Object.defineProperty(Function.prototype, "toString", {
    value,
    writable: true,
    configurable: true,
  });
}
