/** The compiler thread: cells and the helpers they import, from TypeScript to JavaScript; completion; inspection. */
import * as path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import * as ts from "typescript";
import type { Content } from "../messaging/wire";
import { serve } from "../remote";
import { cellForm } from "./cell-form";
import {
  CELL_PARAMETERS,
  type CompiledCell,
  type CompiledModule,
  LAST_VALUE,
  LINES_BEFORE_CELL,
} from "./compiled";
import { loopGuard } from "./loop-guard";
import { plainExports } from "./plain-exports";
import {
  CELL_FILE,
  type Completions,
  createConverter,
  type TslabConverter,
  topLevelNames,
} from "./typescript-for-tslab";

/** The length of the line that tslab puts in front of a cell. */
const PREFIX_LENGTH = "export {};\n".length;

const TRANSPILE: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  esModuleInterop: true,
  newLine: ts.NewLineKind.LineFeed,
  sourceMap: true,
};

/** "Unterminated template literal" and the same of a comment: TypeScript puts these where the reader began. */
const OPEN_ENDED = new Set([1160, 1010]);

/** "… implicitly has an 'any' type": in a cell, a parameter's or variable's type may be left out. */
const TYPE_LEFT_OUT = new Set([7005, 7006, 7019, 7031, 7034, 7051]);

/** "Unterminated string literal": a string ends on its own line. */
const OPEN_STRING = 1002;

/** Names that a cell cannot declare at top level: it would run into what the kernel puts around it. */
const RESERVED = new Set([...CELL_PARAMETERS, LAST_VALUE]);

export class Compiler {
  private readonly converter: TslabConverter;
  private readonly isCompleteCode: (source: string) => { completed: boolean; indent?: string };
  private readonly refreshFiles: () => boolean;
  /** The declarations of the cells so far, as a declaration file's text. */
  private declarations = "";
  /** The same with those of the cell that was compiled last. */
  private latest = "";
  /** Helpers that need no second check until a file changes. */
  private correct = new WeakSet<ts.SourceFile>();
  private diagnostics: readonly ts.Diagnostic[] = [];
  private helpers: CompiledModule[] = [];
  private cellMaps: string[] = [];

  constructor(folder: string) {
    const seam = createConverter(folder, {
      transformers: [loopGuard, cellForm],
      diagnose: (program, files) => {
        this.diagnostics = files.flatMap((file) => this.check(program, file));
        return this.diagnostics;
      },
      emitHelper: (file) => this.helpers.push(transpileHelper(file)),
      toCommonJS: (esModule) => {
        const [code, firstMap] = detachSourceMap(esModule);
        const second = ts.transpileModule(code, {
          fileName: "cell.js",
          compilerOptions: { ...TRANSPILE, allowJs: true },
          transformers: { after: [plainExports] },
        });
        this.cellMaps = [second.sourceMapText ?? "", firstMap];
        return withoutMapComment(second.outputText);
      },
    });
    this.converter = seam.converter;
    this.isCompleteCode = seam.isCompleteCode;
    this.refreshFiles = seam.refresh;
  }

  private refresh(): void {
    if (this.refreshFiles()) this.correct = new WeakSet();
  }

  private check(program: ts.Program, file: ts.SourceFile): readonly ts.Diagnostic[] {
    if (this.correct.has(file)) return [];
    const isCell = path.basename(file.fileName) === CELL_FILE;
    const found = [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
      ...(isCell ? reservedNames(file) : []),
    ].filter(({ code }) => !(isCell && TYPE_LEFT_OUT.has(code)));
    if (found.length === 0 && !isCell) this.correct.add(file);
    return found;
  }

  /**
   * Compiles one cell after the cells before it. Later cells see what it declares only after `keep`.
   *
   * @param label what the cell is called in the text of an error, for instance `cell [3]`
   */
  compile(code: string, label: string): CompiledCell {
    this.refresh();
    this.diagnostics = [];
    this.helpers = [];
    const converted = this.converter.convert(this.declarations, code);
    const { helpers } = this;
    if (this.diagnostics.length > 0) {
      return { helpers, errors: formatDiagnostics(this.diagnostics, code, label) };
    }
    this.latest = converted.declOutput ?? "";
    if (!converted.output) return { helpers };
    const module = { file: "", code: converted.output, maps: this.cellMaps };
    return { helpers, module };
  }

  /** Lets later cells see what the cell declares that was compiled last. */
  keep(): void {
    this.declarations = this.latest;
  }

  /** Content of a complete_reply; positions are UTF-16 units in, code points out. */
  complete(code: string, position: number): Content {
    this.refresh();
    const found = this.converter.complete(this.declarations, code, position);
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
  inspect(code: string, position: number): Content {
    this.refresh();
    const at = Math.max(0, Math.min(position, code.length));
    const info =
      this.converter.inspect(this.declarations, code, at) ??
      (at > 0 ? this.converter.inspect(this.declarations, code, at - 1) : undefined);
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
  isComplete(code: string): Content {
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
    return { status: "incomplete", indent: this.isCompleteCode(code).indent ?? "" };
  }
}

/** In the words that TypeScript has for a module's names of this kind. */
function reservedNames(file: ts.SourceFile): ts.Diagnostic[] {
  return topLevelNames(file).flatMap(([name, symbol]) => {
    const { flags, declarations = [] } = symbol.exportSymbol ?? symbol;
    const isType = (flags & (ts.SymbolFlags.Value | ts.SymbolFlags.Alias)) === 0;
    if (!RESERVED.has(name) || isType) return [];
    const place = ts.getNameOfDeclaration(declarations[0]) ?? file;
    return {
      file,
      start: place.getStart(file),
      length: place.getWidth(file),
      category: ts.DiagnosticCategory.Error,
      code: 2441,
      messageText: `Duplicate identifier '${name}'. Compiler reserves name '${name}' in top level scope of a module.`,
    };
  });
}

/** What a completion may be in the text of an import: only there do entries have these kinds. */
const IN_A_PATH: ReadonlySet<ts.ScriptElementKind> = new Set([
  ts.ScriptElementKind.scriptElement,
  ts.ScriptElementKind.directory,
  ts.ScriptElementKind.externalModuleName,
]);

/** In a string, tslab would put a completion at the cursor; TypeScript says what it replaces. */
function stringCompletions(
  { original }: Completions,
  code: string,
  position: number,
): Omit<Completions, "original"> | undefined {
  const [start, end] = replacedInString(original, code, position) ?? [];
  if (!original || start === undefined || end === undefined) return undefined;
  const typed = code.slice(start, position);
  const names = original.entries.map(({ name }) => name).filter((name) => name.startsWith(typed));
  return { start, end, candidates: names.sort() };
}

function replacedInString(
  original: ts.CompletionInfo | undefined,
  code: string,
  position: number,
): [number, number] | undefined {
  const span = original?.entries.find((entry) => entry.replacementSpan)?.replacementSpan;
  if (span) return [span.start - PREFIX_LENGTH, ts.textSpanEnd(span) - PREFIX_LENGTH];
  if (!original?.entries.some(({ kind }) => IN_A_PATH.has(kind))) return undefined;
  // Of a path's last part that is a word TypeScript says nothing, as editors replace the word at the cursor.
  const [before = ""] = code.slice(0, position).match(/[\p{ID_Continue}$]*$/u) ?? [];
  const [after = ""] = code.slice(position).match(/^[\p{ID_Continue}$]*/u) ?? [];
  return [position - before.length, position + after.length];
}

function transpileHelper(file: ts.SourceFile): CompiledModule {
  const { outputText, sourceMapText = "" } = ts.transpileModule(file.text, {
    fileName: file.fileName,
    compilerOptions: { ...TRANSPILE, allowJs: true, jsx: ts.JsxEmit.React },
    transformers: { before: [loopGuard] },
  });
  return { file: file.fileName, code: withoutMapComment(outputText), maps: [sourceMapText] };
}

const MAP_COMMENT = "//# sourceMappingURL=";

function withoutMapComment(code: string): string {
  const at = code.lastIndexOf(MAP_COMMENT);
  return at < 0 ? code : code.slice(0, at);
}

/** Takes an inline source map off: the code, and the map's JSON. */
function detachSourceMap(code: string): [string, string] {
  const at = code.lastIndexOf(MAP_COMMENT);
  if (at < 0) return [code, ""];
  const encoded = code.slice(code.indexOf(",", at) + 1).trim();
  return [code.slice(0, at), Buffer.from(encoded, "base64").toString("utf8")];
}

/** TypeScript's own layout: place, code and message, then the line with a marker under it. */
function formatDiagnostics(
  diagnostics: readonly ts.Diagnostic[],
  code: string,
  label: string,
): { first: string; text: string } {
  const folder = process.cwd();
  const cell = ts.createSourceFile(path.join(folder, label), code, ts.ScriptTarget.Latest);
  const shown = diagnostics.map((diagnostic) => ({
    ...inCell(diagnostic, cell),
    relatedInformation: diagnostic.relatedInformation
      ?.filter(({ file }) => !file?.fileName.includes("/node_modules/"))
      .map((info) => inCell(info, cell)),
  }));
  const text = ts.formatDiagnosticsWithColorAndContext(shown, {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => "\n",
  });
  const [{ code: number, messageText }] = diagnostics;
  return {
    first: `TS${number}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    text: stripVTControlCharacters(text).trimEnd(),
  };
}

/** The diagnostic as the reader counts lines, without what tslab put around the cell. */
function inCell<T extends ts.DiagnosticRelatedInformation>(diagnostic: T, cell: ts.SourceFile): T {
  const { file, start = 0 } = diagnostic;
  if (!file || path.basename(file.fileName) !== CELL_FILE) return diagnostic;
  const before = file.getPositionOfLineAndCharacter(LINES_BEFORE_CELL, 0);
  const place = Math.min(Math.max(0, start - before), cell.text.length);
  return { ...diagnostic, file: cell, start: place };
}

function codePoints(code: string, position: number): number {
  return [...code.slice(0, position)].length;
}

export interface CompilerData {
  folder: string;
  messaging: MessagePort;
}

if (parentPort) {
  const { folder, messaging } = workerData as CompilerData;
  const compiler = new Compiler(folder);
  serve(parentPort, compiler);
  serve(messaging, compiler);
}
