/**
 * Notes where a promise is made that is not awaited on the spot. Should it fail and nobody hear of it, its error, which
 * often comes from the event loop, does not tell.
 */
import ts from "typescript";
import { NOTE_PROMISE } from "./compiled";

/** The calls in a file that give a promise and that nothing awaits on the spot, by where in the text they end. */
export function unawaitedCalls(file: ts.SourceFile, checker: ts.TypeChecker): Set<number> {
  const found = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (isCall(node) && !isTakenUp(node) && isPromise(checker.getTypeAtLocation(node))) {
      found.add(node.end);
    }
    ts.forEachChild(node, visit);
  };
  const isPromise = (type: ts.Type) => checker.getAwaitedType(type) !== type;
  visit(file);
  return found;
}

/**
 * Hands what these calls give to the kernel, and the place of the call: its line and column, from 1.
 *
 * @param linesBefore how many lines of the file the reader has not written
 */
export function promiseNotes(
  calls: ReadonlySet<number>,
  linesBefore: number,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const { factory } = context;
    const visit = (node: ts.Node): ts.Node => {
      const visited = ts.visitEachChild(node, visit, context);
      if (!isCall(node) || !calls.has(node.end)) return visited;
      const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
      const place = `${line + 1 - linesBefore}:${character + 1}`;
      const noted = factory.createCallExpression(
        factory.createIdentifier(NOTE_PROMISE),
        undefined,
        [
          factory.createStringLiteral(place),
          // A comment behind the call would have the parenthesis in it.
          ts.setEmitFlags(visited as ts.CallExpression, ts.EmitFlags.NoTrailingComments),
        ],
      );
      return ts.setCommentRange(noted, node);
    };
    return ts.visitEachChild(file, visit, context);
  };
}

/** `super()` makes no promise, and what `import()` becomes is the next pass's. */
function isCall(node: ts.Node): node is ts.CallExpression {
  if (!ts.isCallExpression(node)) return false;
  const { kind } = node.expression;
  return kind !== ts.SyntaxKind.SuperKeyword && kind !== ts.SyntaxKind.ImportKeyword;
}

/** Whether what a call gives is awaited on the spot, or is what another call begins with, as in `call().then(…)`. */
function isTakenUp(call: ts.CallExpression): boolean {
  let node: ts.Node = call;
  while (
    ts.isParenthesizedExpression(node.parent) ||
    ts.isNonNullExpression(node.parent) ||
    ts.isAsExpression(node.parent) ||
    ts.isSatisfiesExpression(node.parent)
  ) {
    node = node.parent;
  }
  const { parent } = node;
  if (ts.isAwaitExpression(parent)) return true;
  return (
    (ts.isPropertyAccessExpression(parent) ||
      ts.isElementAccessExpression(parent) ||
      ts.isCallExpression(parent)) &&
    parent.expression === node
  );
}
