/** The passes from TypeScript to JavaScript that need no types, each with its source map. */
import ts from "typescript";
import { awaitGuard } from "./await-guard";
import type { CompiledModule } from "./compiled";
import { defersInterrupts, loopGuard } from "./loop-guard";
import { awaitsAtTopLevel, moduleSyntax, staticImports } from "./module-syntax";
import { promiseNotes, unawaitedCalls } from "./promise-notes";
import { readerErrors } from "./runtime-error-names";

export const TRANSPILE: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  esModuleInterop: true,
  newLine: ts.NewLineKind.LineFeed,
  sourceMap: true,
};

/** JavaScript without imports and exports is as it is. */
const HELPER: ts.CompilerOptions = {
  inlineSourceMap: false,
  moduleDetection: ts.ModuleDetectionKind.Auto,
  allowJs: true,
};

/** A module that defers interrupts is left as it is: what it promises is noted where it is called. */
export function transpileHelper(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  options: ts.CompilerOptions,
): Omit<CompiledModule, "imports"> {
  const transformers = defersInterrupts(file)
    ? { before: [moduleSyntax] }
    : {
        before: [
          promiseNotes(unawaitedCalls(file, checker), 0),
          ...[moduleSyntax, loopGuard, awaitGuard],
        ],
        after: [readerErrors],
      };
  const { outputText, sourceMapText = "" } = ts.transpileModule(file.text, {
    // TypeScript would leave .mts and .mjs with their imports and exports.
    fileName: file.fileName.replace(/\.[mc]([jt]s)$/, ".$1"),
    compilerOptions: { ...options, ...TRANSPILE, ...HELPER },
    transformers,
  });
  return {
    file: file.fileName,
    code: withoutMapComment(outputText),
    maps: [sourceMapText],
    staticImports: staticImports(file),
    awaits: awaitsAtTopLevel(file),
  };
}

const MAP_COMMENT = "//# sourceMappingURL=";

function withoutMapComment(code: string): string {
  const at = code.lastIndexOf(MAP_COMMENT);
  return at < 0 ? code : code.slice(0, at);
}

/** Takes an inline source map off: the code, and the map's JSON. */
export function detachSourceMap(code: string): [string, string] {
  const at = code.lastIndexOf(MAP_COMMENT);
  if (at < 0) return [code, ""];
  const encoded = code.slice(code.indexOf(",", at) + 1).trim();
  return [code.slice(0, at), Buffer.from(encoded, "base64").toString("utf8")];
}
