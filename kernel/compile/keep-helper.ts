/** Keeps what a kernel has compiled of a helper. */
import type ts from "typescript";
import type { CompiledModule } from "./compiled";
import { importsOf } from "./imports";
import { type KeptHelpers, textsOf } from "./kept-helpers";

/** A helper, and what has become of it. */
export interface CompiledHelper {
  source: ts.SourceFile;
  module: CompiledModule;
}

/** A helper that is known to be correct; without effect where its declarations cannot be written. */
export function keepHelper(
  program: ts.Program,
  { source, module }: CompiledHelper,
  kept: KeptHelpers,
): void {
  const texts = textsOf(source, (file) => importsOf(program, file), kept);
  const emitted = texts && emitDeclarations(program, source);
  if (!emitted) return;
  kept.keep({ file: source.fileName, module, texts, ...emitted });
}

function emitDeclarations(
  program: ts.Program,
  helper: ts.SourceFile,
): { declarations: string; declarationMap: string } | undefined {
  let declarations: string | undefined;
  let declarationMap = "";
  // Cells have none.
  const options = program.getCompilerOptions();
  options.declarationMap = true;
  try {
    const write: ts.WriteFileCallback = (name, text) => {
      if (name.endsWith(".map")) declarationMap = text;
      else if (name.endsWith(".d.ts")) declarations = text;
    };
    const { diagnostics } = program.emit(helper, write, undefined, true);
    if (diagnostics.length > 0 || declarations === undefined) return undefined;
    return { declarations, declarationMap };
  } finally {
    delete options.declarationMap;
  }
}
