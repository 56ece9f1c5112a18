/**
 * Has each error that V8 throws in the reader's code tell of it in the reader's names, before anybody can look at it.
 *
 * V8 names in a message what stands in the code that runs: `exports.listener is not a function`. So a function that
 * mentions what is not written as the reader wrote it hands each error to the kernel, where it catches one and where one
 * leaves the function.
 */
import ts from "typescript";
import { MODULE_PARAMETERS, READER_ERROR } from "./compiled";
import { topLevelNames } from "./top-level-names";

/** Due when only JavaScript is left. */
export const readerErrors: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const inReadersNames = (error: ts.Identifier) =>
    factory.createCallExpression(factory.createIdentifier(READER_ERROR), undefined, [error]);

  const told = (body: ts.ConciseBody): ts.Block => {
    const statements = ts.isBlock(body)
      ? body.statements
      : [ts.setTextRange(factory.createReturnStatement(body), body)];
    const begin = statements.findIndex((statement) => !isDirective(statement));
    const error = factory.createUniqueName("error");
    const tried = factory.createTryStatement(
      factory.createBlock(statements.slice(begin), true),
      factory.createCatchClause(
        error,
        factory.createBlock([factory.createThrowStatement(inReadersNames(error))]),
      ),
      undefined,
    );
    const block = factory.createBlock([...statements.slice(0, begin), tried], true);
    return ts.setTextRange(block, body);
  };

  const heard = (clause: ts.CatchClause): ts.CatchClause => {
    const { variableDeclaration, block } = clause;
    if (!variableDeclaration) return clause;
    const { name } = variableDeclaration;
    const error = ts.isIdentifier(name) ? name : factory.createUniqueName("error");
    const hears =
      error === name
        ? factory.createExpressionStatement(inReadersNames(error))
        : factory.createVariableStatement(
            undefined,
            factory.createVariableDeclarationList(
              [
                factory.createVariableDeclaration(
                  name,
                  undefined,
                  undefined,
                  inReadersNames(error),
                ),
              ],
              ts.NodeFlags.Let,
            ),
          );
    return factory.updateCatchClause(
      clause,
      factory.updateVariableDeclaration(
        variableDeclaration,
        error,
        undefined,
        undefined,
        undefined,
      ),
      factory.updateBlock(block, [hears, ...block.statements]),
    );
  };

  return (file) => {
    const rewritten = rewrittenNames(ts.getOriginalNode(file, ts.isSourceFile));
    /** @param isTelling whether the function that the node is in may tell such a name */
    const visitIn =
      (isTelling: boolean) =>
      (node: ts.Node): ts.Node => {
        if (ts.isFunctionLike(node) && "body" in node && node.body) {
          const { body } = node;
          const isTellingItself = mayTell(body, rewritten);
          const visit = visitIn(isTellingItself);
          const inFunction = (child: ts.Node): ts.Node => {
            const visited = visit(child);
            return isTellingItself && child === body ? told(visited as ts.ConciseBody) : visited;
          };
          return ts.visitEachChild(node, inFunction, context);
        }
        const visited = ts.visitEachChild(node, visitIn(isTelling), context);
        return isTelling && ts.isCatchClause(visited) ? heard(visited) : visited;
      };
    return ts.visitEachChild(file, visitIn(true), context);
  };
};

/** The names in whose place TypeScript or the kernel writes others, and these others. */
function rewrittenNames(file: ts.SourceFile): Set<string> {
  const names = topLevelNames(file).filter(([, symbol]) => isRewritten(symbol));
  return new Set([...MODULE_PARAMETERS, ...names.map(([name]) => name)]);
}

/** Functions and classes stay, as does a `const` that the reader has not exported; what another cell has does not. */
function isRewritten({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some((declaration) => {
    if (ts.isFunctionDeclaration(declaration) || ts.isClassDeclaration(declaration)) return false;
    const isConst = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
    return !isConst || ts.getCombinedModifierFlags(declaration) !== 0;
  });
}

/** Whether the code itself, and not only a function in it, may meet an error that tells one of these names. */
function mayTell(body: ts.Node, names: ReadonlySet<string>): boolean {
  const isMention = (node: ts.Node) => ts.isIdentifier(node) && names.has(node.text);
  return contains(body, isTold) && contains(body, isMention);
}

function contains(node: ts.Node, isWanted: (node: ts.Node) => boolean): boolean {
  if (ts.isFunctionLike(node)) return false;
  return isWanted(node) || (ts.forEachChild(node, (child) => contains(child, isWanted)) ?? false);
}

/** What V8 names an expression of: a call, and what goes through the elements or the properties of a value. */
function isTold(node: ts.Node): boolean {
  return (
    ts.isCallExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isTaggedTemplateExpression(node) ||
    ts.isSpreadElement(node) ||
    ts.isForOfStatement(node) ||
    ts.isYieldExpression(node) ||
    ts.isObjectBindingPattern(node) ||
    ts.isArrayBindingPattern(node) ||
    (ts.isBinaryExpression(node) && isPattern(node.left))
  );
}

/** `[a, b]` or `{ a, b }`, in front of an equals sign. */
function isPattern(node: ts.Node): boolean {
  return ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node);
}

function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}
