/** Errors as the reader should see them: the message, then the reader's own frames, and none of the kernel's. */
import { SourceMap } from "node:module";
import * as path from "node:path";
import { inspect } from "node:util";
import type { CompiledModule } from "../compile/compiled";
import { isProcessOutput, type ProcessOutput } from "./display";

interface Source {
  /** What a frame calls the file: `cell [3]`, or a helper's path below the repository. */
  label: string;
  linesBefore: number;
  maps: SourceMap[] | string[];
}

/** More of one error, in UTF-16 units, would stop the reader's browser. */
const MOST_SHOWN = 20_000;

/** A frame as `Sources` writes it: in a cell, or in a file below the repository. */
const OWN_FRAME = /^ {4}at (?:.+ \()?(?:cell \[\d+\]|(?!node:)[\w.@-][^():]*):\d+:\d+\)?$/;

/** All code of the reader that is loaded, by the name under which V8 knows it. */
export class Sources {
  private readonly byScript = new Map<string, Source>();

  constructor(private readonly root: string) {}

  addCell(
    script: string,
    executionCount: number,
    module: CompiledModule,
    linesBefore: number,
  ): void {
    this.byScript.set(script, {
      label: `cell [${executionCount}]`,
      linesBefore,
      maps: module.maps,
    });
  }

  addHelper(module: CompiledModule): void {
    const label = path.relative(this.root, module.file);
    this.byScript.set(module.file, { label, linesBefore: 0, maps: module.maps });
  }

  /** Makes every error's `stack` hold the reader's frames only, in the reader's own lines. */
  install(): void {
    Error.prepareStackTrace = (error, sites) => {
      const frames = sites.map((site) => this.frame(site)).filter((frame) => frame !== undefined);
      return [safeHeadline(error), ...frames].join("\n    at ");
    };
  }

  private frame(site: NodeJS.CallSite): string | undefined {
    const script = site.getFileName() ?? undefined;
    const source = script === undefined ? undefined : this.byScript.get(script);
    if (!source) return undefined;
    let line = (site.getLineNumber() ?? 1) - 1;
    let column = (site.getColumnNumber() ?? 1) - 1;
    for (const map of parsedMaps(source)) {
      const entry = map.findEntry(line, column);
      if (!("originalLine" in entry)) return undefined;
      line = entry.originalLine;
      column = entry.originalColumn;
    }
    const place = `${source.label}:${line + 1 - source.linesBefore}:${column + 1}`;
    const name = functionName(site, script);
    return name ? `${name} (${place})` : place;
  }
}

/** As V8 writes it: with `new`, `async`, and the class of a method. A cell's functions are members of no class. */
function functionName(site: NodeJS.CallSite, script = ""): string {
  const [name = "", place] = String(site).split(` (${script}:`);
  return place === undefined ? "" : name.replace(/^(async |new )?Object\./, "$1");
}

/** Source maps are parsed when the first error needs them. */
function parsedMaps(source: Source): SourceMap[] {
  source.maps = source.maps.map((map) =>
    typeof map === "string" ? new SourceMap(JSON.parse(map)) : map,
  );
  return source.maps;
}

/** TypeScript's errors, in the form of an error of the cell. */
export class TypeScriptError extends Error {
  override name = "TypeScriptError";
  constructor(
    first: string,
    readonly text: string,
  ) {
    super(first);
  }
}

/** `Name: message`. */
function headline(error: unknown): string {
  if (!isError(error)) return inspect(error);
  const name = errorName(error);
  const message = String(error.message);
  return message === "" ? name : `${name}: ${message}`;
}

/** V8 may ask for a stack at any time, and must not get another error. */
function safeHeadline(error: unknown): string {
  try {
    return headline(error);
  } catch {
    return "Error";
  }
}

/** The error's name, with the class's where a subclass did not set one. */
function errorName(error: Error): string {
  const name = String(error.name ?? "Error");
  return name === "Error" ? error.constructor?.name || name : name;
}

/** Content of an error message and of the reply that goes with it. */
export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** What the reader sees of what a cell has thrown, be it ever so odd; never throws itself. */
export function errorContent(thrown: unknown): ErrorContent {
  try {
    if (thrown instanceof TypeScriptError) {
      return { ename: thrown.name, evalue: thrown.message, traceback: thrown.text.split("\n") };
    }
    if (isProcessOutput(thrown)) return failedCommand(thrown);
    if (!isError(thrown)) return content("Uncaught", inspect(thrown), []);
    const ename = errorName(thrown);
    return content(ename, String(thrown.message), describe(thrown, new Set()));
  } catch {
    return content("Error", "what was thrown cannot be shown", []);
  }
}

function content(ename: string, evalue: string, lines: string[]): ErrorContent {
  const [first = `${ename} ${evalue}`, ...rest] = lines;
  const headline = first.startsWith(ename) ? red(ename) + first.slice(ename.length) : first;
  const traceback = cut([headline, ...rest].join("\n")).split("\n");
  return { ename: cut(ename), evalue: cut(evalue), traceback };
}

function cut(text: string): string {
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

/** An error of another realm (a vm context) counts too. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

/** The lines of an error; `above` are those that it is the cause or a part of. */
function describe(error: Error, above: Set<unknown>): string[] {
  if (above.has(error)) return ["[circular]"];
  const inside = new Set(above).add(error);
  const lines = [...headline(error).split("\n"), ...ownFrames(error), ...properties(error)];
  const add = (label: string, inner: unknown) => {
    if (lines.join("").length > MOST_SHOWN) return;
    const [first, ...rest] = isError(inner) ? describe(inner, inside) : [inspect(inner)];
    lines.push(`  ${label}: ${first}`, ...rest.map((line) => `  ${line}`));
  };
  if (error.cause != null) add("cause", error.cause);
  if (error instanceof AggregateError && Array.isArray(error.errors)) {
    error.errors.forEach((inner, i) => {
      add(`error ${i + 1} of ${error.errors.length}`, inner);
    });
  }
  return lines;
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
