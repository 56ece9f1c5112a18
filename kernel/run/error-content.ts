/** Errors as the reader should see them: the message, then the reader's own frames, and none of the kernel's. */
import { inspect } from "node:util";
import { errorName, headline, isError, messageOf } from "./headline";
import { isProcessOutput, type ProcessOutput } from "./process-output";
import { OWN_FRAME } from "./reader-frames";

/** More of one error, in UTF-16 units, would stop the reader's browser. */
const MOST_SHOWN = 20_000;

/** TypeScript's errors, in the form of an error of the cell. */
export class TypeScriptError extends Error {
  override name = "TypeScriptError";
  /** All errors, with their lines. */
  readonly text: string;

  constructor(first: string, text: string) {
    super(first);
    this.text = text;
  }
}

/** Content of an error message and of the reply that goes with it. */
export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
}

/**
 * What the reader sees of what a cell has thrown, be it ever so odd; never throws itself.
 *
 * @param place where in the reader's code the work began that has failed, as a frame names it; added where no frame does
 */
export function errorContent(thrown: unknown, place?: string): ErrorContent {
  try {
    if (thrown instanceof TypeScriptError) {
      return { ename: thrown.name, evalue: thrown.message, traceback: thrown.text.split("\n") };
    }
    if (isProcessOutput(thrown)) return failedCommand(thrown);
    if (!isError(thrown)) return content("Uncaught", inspect(thrown), []);
    const ename = errorName(thrown);
    return content(ename, messageOf(thrown), describe(thrown, new Set(), place));
  } catch {
    return content("Error", "what was thrown cannot be shown", []);
  }
}

function content(ename: string, evalue: string, lines: string[]): ErrorContent {
  const [first = `${ename} ${evalue}`, ...rest] = lines;
  const headline = first.startsWith(ename) ? red(ename) + first.slice(ename.length) : first;
  const traceback = shortened([headline, ...rest].join("\n")).split("\n");
  return { ename: shortened(ename), evalue: shortened(evalue), traceback };
}

function shortened(text: string): string {
  const more = text.length - MOST_SHOWN;
  return more > 0 ? `${text.slice(0, MOST_SHOWN)}… ${more} more characters` : text;
}

/** A command that zx ran and that failed: what it printed says more than where in zx it failed. */
function failedCommand(output: ProcessOutput): ErrorContent {
  const { exitCode, signal } = output;
  const evalue = signal
    ? `the command was ended by ${signal}`
    : `the command ended with exit code ${exitCode}`;
  const printed = String(output).trimEnd();
  const lines = printed === "" ? [] : printed.split("\n");
  return content("ProcessOutput", evalue, [`ProcessOutput: ${evalue}`, ...lines]);
}

/** The lines of an error; `above` are those that it is the cause or a part of. */
function describe(error: Error, above: Set<unknown>, place?: string): string[] {
  if (above.has(error)) return ["[circular]"];
  const inside = new Set(above).add(error);
  const frames = ownFrames(error);
  if (place && !frames.some((frame) => frame.includes(lineOf(place))))
    frames.push(`    at ${place}`);
  const lines = [...headline(error).split("\n"), ...frames, ...properties(error)];
  const add = (label: string, inner: unknown) => {
    if (lines.join("").length > MOST_SHOWN) return;
    const [first, ...rest] = isError(inner) ? describe(inner, inside) : [inspect(inner)];
    lines.push(`  ${label}: ${first}`, ...rest.map((line) => `  ${line}`));
  };
  if (error.cause != null) add("cause", error.cause);
  // One that says itself how it is inspected has told of its parts.
  if (
    error instanceof AggregateError &&
    Array.isArray(error.errors) &&
    !(inspect.custom in error)
  ) {
    error.errors.forEach((inner, i) => {
      add(`error ${i + 1} of ${error.errors.length}`, inner);
    });
  }
  return lines;
}

/** Without its column: `cell [3]:1:`. A call that waits for another has its frame at either. */
function lineOf(place: string): string {
  return place.replace(/\d+$/, "");
}

/** The reader's frames; an error that came from elsewhere may have others, which name places of this machine. */
function ownFrames({ stack }: Error): string[] {
  return String(stack)
    .split("\n")
    .filter((line) => OWN_FRAME.test(line));
}

/** What the error carries beside its message, as a system error its code. */
function properties(error: Error): string[] {
  const shown = Object.entries(error).filter(
    ([key, value]) =>
      !["name", "message", "stack", "cause", "errors"].includes(key) && value !== undefined,
  );
  if (shown.length === 0) return [];
  return [`  ${inspect(Object.fromEntries(shown), { breakLength: 100, depth: 1 })}`];
}

function red(text: string): string {
  return `\u001b[31m${text}\u001b[39m`;
}
