/** Parts of TypeScript that it exports and does not declare; its version is pinned. */
import ts from "typescript";

interface InternalTypeScript {
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  nullTransformationContext: ts.TransformationContext;
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      enclosing: ts.Node | undefined,
      location: ts.Node,
    ): Pick<ts.QuickInfo, "displayParts" | "documentation" | "tags"> & {
      symbolKind: ts.ScriptElementKind;
    };
  };
  SignatureHelp: {
    getSignatureHelpItems(
      program: Pick<ts.Program, "getTypeChecker">,
      file: ts.SourceFile,
      position: number,
      reason: ts.SignatureHelpTriggerReason | undefined,
      token: unknown,
    ): ts.SignatureHelpItems | undefined;
  };
  Completions: Record<string, (...args: unknown[]) => unknown>;
  /** All compiler options; the category is the heading under which `tsc --help` has one. */
  optionDeclarations: readonly { name: string; category?: { message: string } }[];
}

export const internal = ts as unknown as InternalTypeScript;

/** What this project uses, and two that tslab uses. */
const NEEDED: (
  | keyof InternalTypeScript
  | "findPrecedingToken"
  | "sortAndDeduplicateDiagnostics"
)[] = [
  "getTouchingPropertyName",
  "nullTransformationContext",
  "bindSourceFile",
  "SymbolDisplay",
  "Completions",
  "SignatureHelp",
  "optionDeclarations",
  "findPrecedingToken",
  "sortAndDeduplicateDiagnostics",
];

/** Those that this TypeScript lacks. */
export function missingInternals(): string[] {
  return NEEDED.filter((name) => !(name in ts));
}
