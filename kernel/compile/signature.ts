/** The signature of a call, for who writes its arguments. */
import ts from "typescript";
import { documented } from "./installed-declarations";
import { internal } from "./typescript-internals";

/** Of what is called where `position` is in the parentheses, with the documentation; of overloads the one that fits. */
export function signatureAt(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  token: unknown,
  position: number,
): ts.QuickInfo | undefined {
  const called = calledAt(file, position);
  if (called) document(called, checker);
  const program = { getTypeChecker: () => checker };
  const help = internal.SignatureHelp.getSignatureHelpItems(
    ...[program, file, position, undefined, token],
  );
  const item = help?.items[help.selectedItemIndex];
  if (!help || !item) return undefined;
  const parameters = item.parameters.flatMap(({ displayParts }, index) =>
    index === 0 ? displayParts : [...item.separatorDisplayParts, ...displayParts],
  );
  const described = item.parameters.filter(({ documentation }) => documentation.length > 0);
  return {
    kind: ts.ScriptElementKind.callSignatureElement,
    kindModifiers: "",
    textSpan: help.applicableSpan,
    displayParts: [...item.prefixDisplayParts, ...parameters, ...item.suffixDisplayParts],
    documentation: item.documentation,
    tags: [
      ...described.map(({ name, documentation }) => ({
        name: "param",
        text: [{ kind: "text", text: `${name} ` }, ...documentation],
      })),
      ...item.tags.filter(({ name }) => name !== "param"),
    ],
  };
}

/** What the innermost call around the position calls. */
function calledAt(file: ts.SourceFile, position: number): ts.Expression | undefined {
  let node: ts.Node = internal.getTouchingPropertyName(file, position);
  while (!ts.isSourceFile(node)) {
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && position > node.expression.end) {
      return node.expression;
    }
    node = node.parent;
  }
  return undefined;
}

/** Reads the comments of all declarations of what is called. */
function document(called: ts.Expression, checker: ts.TypeChecker): void {
  const name = ts.isPropertyAccessExpression(called) ? called.name : called;
  const symbol = checker.getSymbolAtLocation(name);
  if (symbol) documented(symbol, checker);
}
