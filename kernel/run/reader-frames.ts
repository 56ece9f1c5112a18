/** Stacks in the reader's own lines: the frames of cells and helpers, through their source maps, and none of the kernel's. */
import * as path from "node:path";
import type { CompiledModule } from "../compile/compiled";
import { safeHeadline } from "./headline";
import { noteImports } from "./reader-names";
import { SourceMaps } from "./source-maps";

/** A frame as `Sources` writes it: in a cell, or in a file below the repository. */
export const OWN_FRAME = /^ {4}at (?:.+ \()?(?:cell \[\d+\]|(?!node:)[\w.@-][^():]*):\d+:\d+\)?$/;

/** Of a stack: below many frames of a library, there is still one of the reader's. */
const MOST_FRAMES = 100;

interface Source {
  /** What a frame calls the file. */
  label: string;
  linesBefore: number;
  maps: SourceMaps;
}

/** What a frame calls a cell. */
export function cellLabel(executionCount: number): string {
  return `cell [${executionCount}]`;
}

/** The name under which V8 knows the cell that was loaded as the nth. */
export function cellScript(n: number): string {
  return `cell-${n}`;
}

export function isCellScript(script: string | null | undefined): boolean {
  return /^cell-\d+$/.test(script ?? "");
}

/** All code of the reader that is loaded, by the name under which V8 knows it. */
export class Sources {
  /** The folder below which paths are shown. */
  readonly #root: string;
  readonly #byScript = new Map<string, Source>();

  constructor(root: string) {
    this.#root = root;
  }

  addCell(
    script: string,
    executionCount: number,
    module: CompiledModule,
    linesBefore: number,
  ): void {
    noteImports(module.code);
    this.#byScript.set(script, {
      label: cellLabel(executionCount),
      linesBefore,
      maps: new SourceMaps(module.maps),
    });
  }

  addHelper(module: CompiledModule): void {
    noteImports(module.code);
    const label = this.helperLabel(module.file);
    this.#byScript.set(module.file, { label, linesBefore: 0, maps: new SourceMaps(module.maps) });
  }

  /** What a frame calls a helper's file: its path below the repository. */
  helperLabel(file: string): string {
    return path.relative(this.#root, file);
  }

  /** Makes every error's `stack` hold the reader's frames only, in the reader's own lines. */
  install(): void {
    Error.stackTraceLimit = MOST_FRAMES;
    Error.prepareStackTrace = (error, sites) => {
      const frames = sites.map((site) => this.#frame(site)).filter((frame) => frame !== undefined);
      return [safeHeadline(error), ...frames].join("\n    at ");
    };
  }

  #frame(site: NodeJS.CallSite): string | undefined {
    const script = site.getFileName() ?? undefined;
    const source = script === undefined ? undefined : this.#byScript.get(script);
    if (!source) return undefined;
    const line = (site.getLineNumber() ?? 1) - 1;
    const column = (site.getColumnNumber() ?? 1) - 1;
    const original = source.maps.original({ line, column });
    if (!original) return undefined;
    const place = `${source.label}:${original.line + 1 - source.linesBefore}:${original.column + 1}`;
    const name = functionName(site, script);
    return name ? `${name} (${place})` : place;
  }
}

/** As V8 writes it: with `new`, `async`, and the class of a method. A cell's functions are members of nothing. */
function functionName(site: NodeJS.CallSite, script = ""): string {
  const [name = "", place] = String(site).split(` (${script}:`);
  return place === undefined
    ? ""
    : name.replace(/^(async |new )?(?:Object\.)?(?:exports\.)?/, "$1");
}
