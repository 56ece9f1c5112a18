/** What a module says by syntax and the kernel must answer: `import()`, `import.meta`, imports, `await` at top level. */
import ts from "typescript";
import { DYNAMIC_IMPORT, IMPORT_META } from "./compiled";

/** `import()` becomes a call of the kernel's, and `import.meta` an object of its. */
export const moduleSyntax: ts.TransformerFactory<ts.SourceFile> = (context) => {
  const { factory } = context;
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      return ts.setTextRange(factory.createIdentifier(IMPORT_META), node);
    }
    const visited = ts.visitEachChild(node, visit, context);
    if (!ts.isCallExpression(visited) || !isImport(visited)) return visited;
    const callee = factory.createIdentifier(DYNAMIC_IMPORT);
    return factory.updateCallExpression(visited, callee, undefined, visited.arguments);
  };
  return (file) => ts.visitEachChild(file, visit, context);
};

function isImport({ expression }: ts.CallExpression): boolean {
  return expression.kind === ts.SyntaxKind.ImportKeyword;
}

/** The names of the modules in import declarations, and in exports from elsewhere. */
export function staticImports({ statements }: ts.SourceFile): string[] {
  return statements.flatMap((statement) => {
    const isDeclaration = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    const specifier = isDeclaration ? statement.moduleSpecifier : undefined;
    return specifier && ts.isStringLiteral(specifier) ? [specifier.text] : [];
  });
}

/** Whether the file itself, and not a function in it, awaits something. */
export function awaitsAtTopLevel(file: ts.SourceFile): boolean {
  const awaits = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node)) return false;
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier))
      return true;
    const isAwaitUsing =
      ts.isVariableDeclarationList(node) &&
      (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing;
    return isAwaitUsing || ts.forEachChild(node, awaits) === true;
  };
  return ts.forEachChild(file, awaits) === true;
}
