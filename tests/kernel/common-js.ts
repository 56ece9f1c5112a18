/**
 * Modules as they are run.
 *
 * @module
 */
import * as ts from "typescript";
import { replaceableExports } from "../../kernel/compile/replaceable-exports";
import { detachSourceMap } from "../../kernel/compile/transpile";

/** An ES module as CommonJS whose exports can be replaced, and its source map. */
export function toCommonJS(esModule: string): { code: string; map: string } {
  const { outputText } = ts.transpileModule(esModule, {
    fileName: "cell.js",
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
      inlineSourceMap: true,
      allowJs: true,
    },
    transformers: { after: [replaceableExports] },
  });
  const [code, map] = detachSourceMap(outputText);
  return { code, map };
}
