/** Cells and the helpers they import, from TypeScript to JavaScript; completion; inspection. */
import * as path from "node:path";
import ts from "typescript";
import { cellForm } from "./cell-form";
import { CELL_FILE, type CompiledCell, type CompiledModule, LINES_BEFORE_CELL } from "./compiled";
import { stringCompletions } from "./completion";
import { formatDiagnostics } from "./diagnostics";
import type { Helpers } from "./imports";
import { type CompiledHelper, keepHelper } from "./keep-helper";
import { hashOf, type KeptHelpers } from "./kept-helpers";
import { loopGuard } from "./loop-guard";
import { promiseNotes, unawaitedCalls } from "./promise-notes";
import { reservedNames } from "./reserved-names";
import { cellToCommonJS, TRANSPILE, transpileHelper } from "./transpile";
import { createConverter, type TslabConverter } from "./typescript-for-tslab";

/** "Unterminated template literal" and the same of a comment: TypeScript puts these where the reader began. */
const OPEN_ENDED = new Set([1160, 1010]);

/** "… implicitly has an 'any' type": in a cell, a parameter's or variable's type may be left out. */
const TYPE_LEFT_OUT = new Set([7005, 7006, 7019, 7031, 7034, 7051]);

/** "Unterminated string literal": a string ends on its own line. */
const OPEN_STRING = 1002;

export class Compiler {
  readonly #converter: TslabConverter;
  readonly #isCompleteCode: (source: string) => { completed: boolean; indent?: string };
  readonly #refreshFiles: () => boolean;
  /** The declarations of the cells so far, as a declaration file's text. */
  #declarations = "";
  /** The same with those of the cell that was compiled last. */
  #latest = "";
  /** Helpers that need no second check until a file changes. */
  #correct = new WeakSet<ts.SourceFile>();
  #diagnostics: readonly ts.Diagnostic[] = [];
  #helpers: CompiledModule[] = [];
  #cellMaps: string[] = [];
  readonly #kept: KeptHelpers;
  /** The hashes of the texts of the helpers that the main thread has. */
  readonly #emitted = new Map<string, string>();
  #toKeep: { program: ts.Program; helpers: CompiledHelper[] } | undefined;

  constructor(folder: string) {
    const seam = createConverter(folder, {
      transformers: (cell, checker) => [
        promiseNotes(unawaitedCalls(cell, checker), LINES_BEFORE_CELL),
        loopGuard,
        cellForm,
      ],
      diagnose: (program, files) => {
        this.#diagnostics = files.flatMap((file) => this.#check(program, file));
        return this.#diagnostics;
      },
      emitHelpers: (program, helpers) => {
        const added = this.#emitHelpers(program, helpers);
        if (added.length > 0) this.#toKeep = { program, helpers: added };
      },
      toCommonJS: (esModule) => {
        const { code, maps } = cellToCommonJS(esModule);
        this.#cellMaps = maps;
        return code;
      },
    });
    this.#converter = seam.converter;
    this.#isCompleteCode = seam.isCompleteCode;
    this.#refreshFiles = seam.refresh;
    this.#kept = seam.kept;
  }

  /** Has those run that are new, or of another text than before; returns what has been compiled of these. */
  #emitHelpers(program: ts.Program, { written, kept }: Helpers): CompiledHelper[] {
    const isNew = (file: string, text = ""): boolean => {
      const before = this.#emitted.get(file);
      this.#emitted.set(file, text);
      return before !== text;
    };
    const checker = program.getTypeChecker();
    const added = written
      // Data is read when it is imported.
      .filter(({ fileName, text }) => !fileName.endsWith(".json") && isNew(fileName, hashOf(text)))
      .map((source) => ({ source, module: transpileHelper(source, checker) }));
    this.#helpers.push(...added.map(({ module }) => module));
    for (const { file, module, texts } of kept) {
      if (isNew(file, texts.get(file))) this.#helpers.push(module);
    }
    return added;
  }

  /** Keeps one of the helpers that have been compiled, for other kernels; whether there was one. */
  keepHelper(): boolean {
    const helper = this.#toKeep?.helpers.pop();
    if (!helper || !this.#toKeep) return false;
    keepHelper(this.#toKeep.program, helper, this.#kept);
    return true;
  }

  #refresh(): void {
    if (this.#refreshFiles()) this.#correct = new WeakSet();
  }

  #check(program: ts.Program, file: ts.SourceFile): readonly ts.Diagnostic[] {
    if (this.#correct.has(file)) return [];
    const isCell = path.basename(file.fileName) === CELL_FILE;
    const found = [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
      ...(isCell ? reservedNames(file) : []),
    ].filter(({ code }) => !(isCell && TYPE_LEFT_OUT.has(code)));
    if (found.length === 0 && !isCell) this.#correct.add(file);
    return found;
  }

  /**
   * Compiles one cell after the cells before it. Later cells see what it declares only after `keep`.
   *
   * @param label what the cell is called in the text of an error, for instance `cell [3]`
   */
  compile(code: string, label: string): CompiledCell {
    this.#refresh();
    this.#diagnostics = [];
    this.#helpers = [];
    const converted = this.#converter.convert(this.#declarations, code);
    const helpers = this.#helpers;
    if (this.#diagnostics.length > 0) {
      return { helpers, errors: formatDiagnostics(this.#diagnostics, code, label, this.#kept) };
    }
    this.#latest = converted.declOutput ?? "";
    if (!converted.output) return { helpers };
    const module = { file: "", code: converted.output, maps: this.#cellMaps };
    return { helpers, module };
  }

  /** Lets later cells see what the cell declares that was compiled last. */
  keep(): void {
    this.#declarations = this.#latest;
  }

  /** Content of a complete_reply; positions are UTF-16 units in, code points out. */
  complete(code: string, position: number): object {
    this.#refresh();
    const found = this.#converter.complete(this.#declarations, code, position);
    const { start, end, candidates } = stringCompletions(found, code, position) ?? found;
    return {
      status: "ok",
      matches: candidates,
      cursor_start: codePoints(code, start),
      cursor_end: codePoints(code, end),
      metadata: {},
    };
  }

  /** Content of an inspect_reply: the type, and the documentation comment, as Markdown too. */
  inspect(code: string, position: number): object {
    this.#refresh();
    const at = Math.max(0, Math.min(position, code.length));
    const info =
      this.#converter.inspect(this.#declarations, code, at) ??
      (at > 0 ? this.#converter.inspect(this.#declarations, code, at - 1) : undefined);
    if (!info) return { status: "ok", found: false, data: {}, metadata: {} };
    const type = ts.displayPartsToString(info.displayParts);
    const documentation = ts.displayPartsToString(info.documentation);
    const tags = (info.tags ?? []).map(({ name, text }) =>
      `@${name} ${ts.displayPartsToString(text)}`.trim(),
    );
    return {
      status: "ok",
      found: true,
      data: {
        "text/plain": [type, documentation, ...tags].filter(Boolean).join("\n"),
        "text/markdown": [`\`\`\`typescript\n${type}\n\`\`\``, documentation, ...tags]
          .filter(Boolean)
          .join("\n\n"),
      },
      metadata: {},
    };
  }

  /** Content of an is_complete_reply. */
  isComplete(code: string): object {
    const { diagnostics = [] } = ts.transpileModule(code, {
      fileName: CELL_FILE,
      reportDiagnostics: true,
      compilerOptions: { ...TRANSPILE, module: ts.ModuleKind.ESNext },
    });
    const [first] = diagnostics;
    if (!first) return { status: "complete" };
    // More text can mend what is missing at the end, and nothing before it.
    const isAtEnd = (first.start ?? 0) >= code.trimEnd().length && first.code !== OPEN_STRING;
    const isOpen = OPEN_ENDED.has(first.code) || isAtEnd;
    if (!isOpen) return { status: "invalid" };
    return { status: "incomplete", indent: this.#isCompleteCode(code).indent ?? "" };
  }
}

function codePoints(code: string, position: number): number {
  return [...code.slice(0, position)].length;
}
