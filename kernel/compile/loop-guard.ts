/** Lets an interrupt end an endless loop: each turn of each loop first asks whether there was one. */
import ts from "typescript";
import { DEFERRED_INTERRUPTS } from "../../interface/deferred-interrupts";
import { CHECK_INTERRUPT } from "./compiled";

export const loopGuard: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const check = () =>
    factory.createExpressionStatement(
      factory.createCallExpression(factory.createIdentifier(CHECK_INTERRUPT), undefined, []),
    );
  const guarded = (body: ts.Statement): ts.Block =>
    ts.isBlock(body)
      ? factory.updateBlock(body, [check(), ...body.statements])
      : factory.createBlock([check(), body]);

  const visit = (node: ts.Node): ts.Node => {
    const visited = ts.visitEachChild(node, visit, context);
    if (ts.isWhileStatement(visited)) {
      return factory.updateWhileStatement(visited, visited.expression, guarded(visited.statement));
    }
    if (ts.isDoStatement(visited)) {
      return factory.updateDoStatement(visited, guarded(visited.statement), visited.expression);
    }
    if (ts.isForStatement(visited)) {
      const { initializer, condition, incrementor, statement } = visited;
      return factory.updateForStatement(
        visited,
        initializer,
        condition,
        incrementor,
        guarded(statement),
      );
    }
    if (ts.isForOfStatement(visited)) {
      const { awaitModifier, initializer, expression, statement } = visited;
      return factory.updateForOfStatement(
        visited,
        awaitModifier,
        initializer,
        expression,
        guarded(statement),
      );
    }
    if (ts.isForInStatement(visited)) {
      const { initializer, expression, statement } = visited;
      return factory.updateForInStatement(visited, initializer, expression, guarded(statement));
    }
    return visited;
  };
  return (file) => ts.visitEachChild(file, visit, context);
};

/** Whether a module says that its loops are to be left alone; see interface/deferred-interrupts.ts. */
export function defersInterrupts({ statements }: ts.SourceFile): boolean {
  for (const statement of statements) {
    if (!ts.isExpressionStatement(statement) || !ts.isStringLiteral(statement.expression)) break;
    if (statement.expression.text === DEFERRED_INTERRUPTS) return true;
  }
  return false;
}
