/** `var` in a block of a cell: a variable of the cell, as it is one of the function that it would be in. */
import ts from "typescript";

/** Turns the declarations by `var` in blocks into assignments; returns the names that they declared. */
export function hoistVariables(
  file: ts.SourceFile,
  context: ts.TransformationContext,
): { statements: ts.Statement[]; names: Set<string> } {
  const { factory } = context;
  const names = new Set<string>();

  const visit = (node: ts.Node): ts.Node => {
    if (ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node)) return node;
    if (ts.isModuleDeclaration(node)) return node;
    const visited = ts.visitEachChild(node, visit, context);
    if (ts.isVariableStatement(visited) && isVar(visited.declarationList)) {
      const assigned = assignments(visited.declarationList);
      const statement = assigned
        ? factory.createExpressionStatement(assigned)
        : factory.createEmptyStatement();
      return ts.setTextRange(statement, visited);
    }
    if (ts.isForStatement(visited) && isVar(visited.initializer)) {
      const { initializer, condition, incrementor, statement } = visited;
      return factory.updateForStatement(
        ...[visited, assignments(initializer), condition, incrementor, statement],
      );
    }
    if (ts.isForOfStatement(visited) && isVar(visited.initializer)) {
      const { awaitModifier, initializer, expression, statement } = visited;
      const [{ name }] = initializer.declarations;
      return factory.updateForOfStatement(
        ...[visited, awaitModifier, target(name), expression, statement],
      );
    }
    if (ts.isForInStatement(visited) && isVar(visited.initializer)) {
      const { initializer, expression, statement } = visited;
      const [{ name }] = initializer.declarations;
      return factory.updateForInStatement(visited, target(name), expression, statement);
    }
    return visited;
  };

  const assignments = ({ declarations }: ts.VariableDeclarationList): ts.Expression | undefined => {
    const all = declarations.flatMap(({ name, initializer }) => {
      const left = target(name);
      if (!initializer) return [];
      const assignment = factory.createAssignment(left, initializer);
      return [
        ts.isIdentifier(left) ? assignment : factory.createParenthesizedExpression(assignment),
      ];
    });
    const [first, ...rest] = all;
    return (
      first && rest.reduce<ts.Expression>((left, right) => factory.createComma(left, right), first)
    );
  };

  /** What a declaration gives values to, as the left side of an assignment. */
  const target = (name: ts.BindingName): ts.Expression => {
    if (ts.isIdentifier(name)) {
      names.add(name.text);
      return name;
    }
    if (ts.isArrayBindingPattern(name)) {
      const elements = name.elements.map((element) => {
        if (ts.isOmittedExpression(element)) return element;
        const inner = target(element.name);
        if (element.dotDotDotToken) return factory.createSpreadElement(inner);
        return withDefault(inner, element.initializer);
      });
      return factory.createArrayLiteralExpression(elements);
    }
    return factory.createObjectLiteralExpression(name.elements.map(property));
  };

  const property = (element: ts.BindingElement): ts.ObjectLiteralElementLike => {
    const { dotDotDotToken, propertyName, name, initializer } = element;
    const inner = target(name);
    if (dotDotDotToken) return factory.createSpreadAssignment(inner);
    if (!propertyName && ts.isIdentifier(name)) {
      return factory.createShorthandPropertyAssignment(name, initializer);
    }
    const from = propertyName ?? (name as ts.Identifier);
    return factory.createPropertyAssignment(from, withDefault(inner, initializer));
  };

  const withDefault = (left: ts.Expression, initializer: ts.Expression | undefined) =>
    initializer ? factory.createAssignment(left, initializer) : left;

  const statements = file.statements.map((statement) =>
    ts.isVariableStatement(statement)
      ? statement
      : (ts.visitNode(statement, visit) as ts.Statement),
  );
  return { statements, names };
}

function isVar(node: ts.Node | undefined): node is ts.VariableDeclarationList {
  return (
    node !== undefined &&
    ts.isVariableDeclarationList(node) &&
    (node.flags & ts.NodeFlags.BlockScoped) === 0
  );
}
