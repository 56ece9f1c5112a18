/** Errors as the reader should see them: the message, then the reader's own frames, and none of the kernel's. */
import { SourceMap } from "node:module";
import * as path from "node:path";
import { inspect } from "node:util";
import type { CompiledModule } from "./compiled";
import { isProcessOutput, type ProcessOutput } from "./display";

interface Source {
  /** What a frame calls the file: `cell [3]`, or a helper's path below the repository. */
  label: string;
  linesBefore: number;
  maps: SourceMap[] | string[];
}

/** How deep a chain of causes is followed. */
const MAX_CAUSES = 10;

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
      return [headline(error), ...frames].join("\n    at ");
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
    const name = site.getFunctionName();
    return name ? `${site.isConstructor() ? "new " : ""}${name} (${place})` : place;
  }
}

/** Source maps are parsed when the first error needs them. */
function parsedMaps(source: Source): SourceMap[] {
  source.maps = source.maps.map((map) =>
    typeof map === "string" ? new SourceMap(JSON.parse(map)) : map,
  );
  return source.maps;
}

function headline(error: unknown): string {
  if (!isError(error)) return inspect(error);
  const name = errorName(error);
  return error.message ? `${name}: ${error.message}` : name;
}

/** The error's name, with the class's where a subclass did not set one. */
function errorName(error: Error): string {
  const { name = "Error" } = error;
  return name === "Error" ? error.constructor?.name || name : name;
}

/** Content of an error message and of the reply that goes with it. */
export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
}

export function errorContent(thrown: unknown): ErrorContent {
  if (isProcessOutput(thrown)) return failedCommand(thrown);
  if (!isError(thrown)) {
    const shown = inspect(thrown);
    return { ename: "Uncaught", evalue: shown, traceback: [`${red("Uncaught")} ${shown}`] };
  }
  const ename = errorName(thrown);
  const [first, ...rest] = describe(thrown, MAX_CAUSES);
  const traceback = [first.startsWith(ename) ? red(ename) + first.slice(ename.length) : first];
  return { ename, evalue: String(thrown.message), traceback: [...traceback, ...rest] };
}

/** A command that zx ran and that failed: what it printed says more than where in zx it failed. */
function failedCommand(output: ProcessOutput): ErrorContent {
  const { exitCode, signal } = output;
  const ename = "ProcessOutput";
  const evalue = signal
    ? `the command was ended by ${signal}`
    : `the command ended with exit code ${exitCode}`;
  const printed = String(output).trimEnd();
  const lines = printed === "" ? [] : printed.split("\n");
  return { ename, evalue, traceback: [`${red(ename)}: ${evalue}`, ...lines] };
}

/** An error of another realm (a vm context) counts too. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function describe(error: Error, depth: number): string[] {
  const [, ...frames] = (error.stack ?? "").slice(headline(error).length).split("\n");
  const lines = [...headline(error).split("\n"), ...frames, ...properties(error)];
  const indented = (label: string, inner: unknown) => {
    const text = isError(inner) && depth > 0 ? describe(inner, depth - 1) : [inspect(inner)];
    return [`  ${label}: ${text[0]}`, ...text.slice(1).map((line) => `  ${line}`)];
  };
  if (error.cause != null) lines.push(...indented("cause", error.cause));
  if (error instanceof AggregateError) {
    error.errors.forEach((inner, i) => {
      lines.push(...indented(`error ${i + 1} of ${error.errors.length}`, inner));
    });
  }
  return lines;
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
