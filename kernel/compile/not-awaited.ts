/** Promises that a cell makes and lets go of, where it could wait: most often, an `await` was forgotten. */
import ts from "typescript";
import { LINES_BEFORE_CELL } from "./compiled";

/** Of what was written, so many UTF-16 units are repeated. */
const LONGEST = 40;

/**
 * A line for each statement that is an expression and makes a promise, or an array of such. One that `void` stands
 * before, that is assigned, or that has its `catch`, was not forgotten; and in a function that is not `async` nobody can
 * wait.
 */
export function notAwaited(cell: ts.SourceFile, checker: ts.TypeChecker): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && !isAsync(node)) return;
    if (ts.isExpressionStatement(node)) found.push(...madeBy(node.expression).map(described));
    ts.forEachChild(node, visit);
  };
  /** What is left of the expression as the value of the statement. */
  const madeBy = (node: ts.Expression): ts.Expression[] => {
    if (isWrapped(node)) return madeBy(node.expression);
    if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(madeBy);
    if (ts.isBinaryExpression(node)) return branches(node).flatMap(madeBy);
    if (ts.isSpreadElement(node)) return madeBy(node.expression);
    if (ts.isArrayLiteralExpression(node))
      return node.elements.flatMap(madeBy).length ? [node] : [];
    const type = checker.getTypeAtLocation(node);
    return makes(node) && (isPromise(type) || isPromises(type)) && !isMeant(node) ? [node] : [];
  };
  const isPromise = (type: ts.Type): boolean =>
    type.isUnion()
      ? type.types.some(isPromise)
      : checker.getAwaitedType(type) !== type && type.getProperty("then") !== undefined;
  const isPromises = (type: ts.Type): boolean =>
    (checker.isArrayType(type) || checker.isTupleType(type)) &&
    checker.getTypeArguments(type as ts.TypeReference).some(isPromise);
  const described = (node: ts.Expression): string => {
    const start = node.getStart(cell);
    const line = cell.getLineAndCharacterOfPosition(start).line + 1 - LINES_BEFORE_CELL;
    const [first, ...more] = cell.text.slice(start, node.end).split("\n");
    const isWhole = more.length === 0 && first.length <= LONGEST;
    const text = isWhole ? first : `${first.slice(0, LONGEST).trimEnd()} …`;
    const quote = text.includes("`") ? "" : "`";
    const awaited = isPromise(checker.getTypeAtLocation(node)) ? text : `Promise.all(${text})`;
    return `not awaited: write ${quote}await ${awaited}${quote} in line ${line}`;
  };
  visit(cell);
  return found;
}

function isAsync(node: ts.SignatureDeclaration): boolean {
  return (ts.getCombinedModifierFlags(node as ts.Declaration) & ts.ModifierFlags.Async) !== 0;
}

function isWrapped(
  node: ts.Expression,
): node is ts.ParenthesizedExpression | ts.NonNullExpression | ts.AsExpression {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node)
  );
}

const LOGICAL = new Set([
  ...[ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken],
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** The operands of which nothing is kept, where no promise is tested or compared. */
function branches({ left, operatorToken, right }: ts.BinaryExpression): ts.Expression[] {
  if (operatorToken.kind === ts.SyntaxKind.CommaToken) return [left, right];
  return LOGICAL.has(operatorToken.kind as ts.LogicalOperator) ? [right] : [];
}

/** Whether it makes a promise, if it is one: a name stands for one that is kept elsewhere. */
function makes(node: ts.Expression): boolean {
  return (
    ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isTaggedTemplateExpression(node)
  );
}

/** Whether somebody takes what goes wrong, or nothing is waited for: `.catch(…)`, `.then(…, …)`, `Promise.resolve(…)`. */
function isMeant(node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression: target, name } = node.expression;
  switch (name.text) {
    case "catch":
      return true;
    case "then":
      return node.arguments.length > 1 || isMeant(target);
    case "finally":
      return isMeant(target);
    case "resolve":
    case "reject":
      return ts.isIdentifier(target) && target.text === "Promise";
    default:
      return false;
  }
}
