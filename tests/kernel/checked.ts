/** A text with its types, as a cell's is when the kernel looks at it. */
import * as ts from "typescript";

/** The text as a module, and who knows its types. */
export function checked(text: string): { file: ts.SourceFile; checker: ts.TypeChecker } {
  const name = "cell.ts";
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, strict: true };
  const host = ts.createCompilerHost(options);
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const { getSourceFile } = host;
  host.getSourceFile = (wanted, ...rest) =>
    wanted === name ? file : getSourceFile(wanted, ...rest);
  return { file, checker: ts.createProgram([name], options, host).getTypeChecker() };
}
