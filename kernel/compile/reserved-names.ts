/** Names that a cell cannot declare at top level: it would run into what the kernel puts around it. */
import ts from "typescript";
import { LAST_VALUE, MODULE_PARAMETERS } from "./compiled";
import { topLevelNames } from "./top-level-names";

const RESERVED = new Set([...MODULE_PARAMETERS, LAST_VALUE]);

/** An error for each, in the words that TypeScript has for a module's names of this kind. */
export function reservedNames(file: ts.SourceFile): ts.Diagnostic[] {
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
