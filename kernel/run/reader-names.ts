/**
 * V8 names in a TypeError what stands in the code that runs. Of a cell or a helper that is what TypeScript and the kernel
 * have made of it: `(0 , socket_1.connect) is not a function`, where the reader wrote `connect`.
 */
import { types } from "node:util";
import { AWAITED, DYNAMIC_IMPORT, IMPORT_META, NOTE_PROMISE } from "../compile/compiled";

/** What V8 says of an expression that it names. */
const NAMES_EXPRESSION =
  / is not (?:a function|a constructor|iterable|async iterable)\b|^Cannot destructure /;

/** As V8 writes what it has no name for. */
const NAMELESS = "(intermediate value)";

const CALLED = `(?:${AWAITED}|${NOTE_PROMISE})`;

const REPLACEMENTS: [RegExp, string][] = [
  [new RegExp(`^${CALLED} is not a function or its return value is`), `${NAMELESS} is`],
  [new RegExp(`\\b${CALLED}\\(\\.\\.\\.\\)`, "g"), NAMELESS],
  [new RegExp(`\\b${DYNAMIC_IMPORT}\\b`, "g"), "import"],
  [new RegExp(`\\b${IMPORT_META}\\b`, "g"), "import.meta"],
  [/\(0 ?, ([\w$.]+)\)/g, "$1"],
];

/** What modules are called that the reader's code imports. */
const imported = new Set<string>();

/** Notes the names that TypeScript has given to what this code imports. */
export function noteImports(code: string): void {
  for (const [, name] of code.matchAll(/^const ([\w$]+_\d+) = .*\brequire\(/gm)) imported.add(name);
}

/** The message of a TypeError, in the names that the reader wrote. */
export function inReadersNames(message: string): string {
  if (!NAMES_EXPRESSION.test(message)) return message;
  const named = REPLACEMENTS.reduce(
    (text, [made, written]) => text.replace(made, written),
    message,
  );
  return named.replace(/(?<![\w$.])([\w$]+)\.([\w$]+)/g, (whole, holder: string, name: string) => {
    if (holder === "exports") return name;
    if (!imported.has(holder)) return whole;
    return name === "default" ? holder.replace(/_\d+$/, "") : name;
  });
}

/** What compiled code hands an error to that it has caught, and gets back. */
export type ReaderError = <T>(error: T) => T;

/** Has the message of an error of V8's be in the names that the reader wrote. */
export const readerError: ReaderError = (error) => {
  // A proxy is none, and one that looks at itself through a getter is none of V8's.
  const message = types.isNativeError(error)
    ? Object.getOwnPropertyDescriptor(error, "message")
    : undefined;
  if (typeof message?.value !== "string" || !message.writable) return error;
  if (!(error instanceof TypeError)) return error;
  const inNames = inReadersNames(message.value);
  if (inNames !== message.value) error.message = inNames;
  return error;
};
