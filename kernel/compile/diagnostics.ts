/** TypeScript's errors as the reader sees them, in the lines of the cell. */
import * as path from "node:path";
import { stripVTControlCharacters } from "node:util";
import ts from "typescript";
import { isCellFile, LINES_BEFORE_CELL } from "./compiled";
import type { KeptHelpers } from "./kept-helpers";

/** TypeScript's own layout: place, code and message, then the line with a marker under it. */
export function formatDiagnostics(
  diagnostics: readonly ts.Diagnostic[],
  { code, label, folder }: { code: string; label: string; folder: string },
  kept: KeptHelpers,
): { first: string; text: string } {
  const cell = ts.createSourceFile(path.join(folder, label), code, ts.ScriptTarget.Latest);
  const shown = diagnostics.map((diagnostic) => ({
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
  const [{ code: number, messageText }] = diagnostics;
  return {
    first: `TS${number}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    text: stripVTControlCharacters(text).trimEnd(),
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
