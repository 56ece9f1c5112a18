/** A text with its types, as a cell's is when the kernel looks at it. */
import * as ts from "typescript";

const OPTIONS: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, strict: true };
const host = ts.createCompilerHost(OPTIONS);
const { getSourceFile } = host;

/** The files of TypeScript's own library, by their names: to read them takes longer than all else. */
const library = new Map<string, ts.SourceFile | undefined>();

/** The text as a module, and who knows its types. */
export function checked(text: string): { file: ts.SourceFile; checker: ts.TypeChecker } {
  const name = "cell.ts";
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  host.getSourceFile = (wanted, ...rest) => {
    if (wanted === name) return file;
    if (!library.has(wanted)) library.set(wanted, getSourceFile(wanted, ...rest));
    return library.get(wanted);
  };
  return { file, checker: ts.createProgram([name], OPTIONS, host).getTypeChecker() };
}
