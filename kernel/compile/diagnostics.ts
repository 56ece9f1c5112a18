/** TypeScript's errors as the reader sees them, in the lines of the cell. */
import * as path from "node:path";
import { stripVTControlCharacters } from "node:util";
import ts from "typescript";
import { isCellFile, isEarlierCells, LINES_BEFORE_CELL } from "./compiled";
import type { KeptHelpers } from "./kept-helpers";

/** TypeScript's own layout: place, code and message, then the line with a marker under it. */
export function formatDiagnostics(
  diagnostics: readonly ts.Diagnostic[],
  { code, label, folder }: { code: string; label: string; folder: string },
  kept: KeptHelpers,
): { first: string; text: string } {
  const cell = ts.createSourceFile(path.join(folder, label), code, ts.ScriptTarget.Latest);
  const answered = diagnostics.map(withHints);
  const shown = answered.map((diagnostic) => ({
    ...inCell(diagnostic, cell),
    relatedInformation: diagnostic.relatedInformation
      ?.filter(({ file }) => !file?.fileName.includes("/node_modules/"))
      .map((info) => inCell(inSource(info, kept), cell)),
  }));
  const text = ts.formatDiagnosticsWithColorAndContext(shown, {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => "\n",
  });
  const [{ code: number, messageText }] = answered;
  const first = `TS${number}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  return {
    first: withoutPlaces(first, folder),
    text: withoutPlaces(stripVTControlCharacters(text).trimEnd(), folder),
  };
}

/** Of two types that have one name, TypeScript says by whole paths which it means; the cell itself has none. */
export function withoutPlaces(text: string, folder: string): string {
  const shown = (module: string): string => {
    if (!path.isAbsolute(module)) return module;
    const installed = module.split("/node_modules/").at(-1) ?? module;
    return installed === module ? path.relative(folder, module) : installed;
  };
  const types = /import\("([^"]+)"\)\.([\w$.]+)/g;
  return text
    .replace(types, (_, module: string, name: string) => {
      const file = `${module}.ts`;
      if (isCellFile(file)) return `${name} of this cell`;
      if (isEarlierCells(file)) return `${name} of an earlier cell`;
      return `import("${shown(module)}").${name}`;
    })
    .replace(/'"(\/[^"']+)"'/g, (_, module: string) => `'"${shown(module)}"'`);
}

/** What TypeScript adds about the very place of the error, as "Did you forget to use 'await'?", goes into its line. */
function withHints(diagnostic: ts.Diagnostic): ts.Diagnostic {
  const { file, start, messageText, relatedInformation = [] } = diagnostic;
  const isHint = (info: ts.DiagnosticRelatedInformation) =>
    info.file === file && info.start === start && typeof info.messageText === "string";
  const hints = relatedInformation.filter(isHint).map((info) => info.messageText);
  if (hints.length === 0) return diagnostic;
  const withThem = (text: string) => [text, ...new Set(hints)].join(" ");
  return {
    ...diagnostic,
    messageText:
      typeof messageText === "string"
        ? withThem(messageText)
        : { ...messageText, messageText: withThem(messageText.messageText) },
    relatedInformation: relatedInformation.filter((info) => !isHint(info)),
  };
}

/** What is declared in a helper is shown in the helper's own text. */
function inSource(
  info: ts.DiagnosticRelatedInformation,
  kept: KeptHelpers,
): ts.DiagnosticRelatedInformation {
  const { file, start } = info;
  return file && start !== undefined ? { ...info, ...kept.source(file, start) } : info;
}

/** The diagnostic as the reader counts lines, without what tslab put around the cell. */
function inCell<T extends ts.DiagnosticRelatedInformation>(diagnostic: T, cell: ts.SourceFile): T {
  const { file, start = 0 } = diagnostic;
  if (!file || !isCellFile(file.fileName)) return diagnostic;
  const before = file.getPositionOfLineAndCharacter(LINES_BEFORE_CELL, 0);
  const place = Math.min(Math.max(0, start - before), cell.text.length);
  return { ...diagnostic, file: cell, start: place };
}
