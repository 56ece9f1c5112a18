/** What TypeScript leaves out of a cell's declarations: variables that are declared by `var` in a block. */
import ts from "typescript";
import { topLevelNames } from "./top-level-names";

/** Adds them to the declarations, from which later cells know the cell's names. */
export function nestedVariables(
  cell: ts.SourceFile,
  checker: ts.TypeChecker,
): ts.TransformerFactory<ts.SourceFile | ts.Bundle> {
  const declared = (symbol: ts.Symbol): ts.Statement[] => {
    const type = checker.getTypeOfSymbol(symbol);
    const node = checker.typeToTypeNode(type, cell, ts.NodeBuilderFlags.NoTruncation);
    const variable = ts.factory.createVariableDeclaration(symbol.name, undefined, node);
    const modifiers = [ts.SyntaxKind.ExportKeyword, ts.SyntaxKind.DeclareKeyword] as const;
    return [
      ts.factory.createVariableStatement(
        modifiers.map((kind) => ts.factory.createModifier(kind)),
        ts.factory.createVariableDeclarationList([variable], ts.NodeFlags.Let),
      ),
    ];
  };
  const nested = topLevelNames(cell).flatMap(([, symbol]) =>
    symbol.declarations?.every(isNested) ? declared(symbol.exportSymbol ?? symbol) : [],
  );
  return () => (file) =>
    ts.isSourceFile(file)
      ? ts.factory.updateSourceFile(file, [...file.statements, ...nested])
      : file;
}

/** Whether a variable is declared by a statement that is not at top level. */
function isNested(declaration: ts.Node): boolean {
  let node = declaration;
  while (ts.isBindingElement(node) || isPattern(node)) node = node.parent;
  if (!ts.isVariableDeclaration(node)) return false;
  const { parent: statement } = node.parent;
  return !ts.isVariableStatement(statement) || !ts.isSourceFile(statement.parent);
}

function isPattern(node: ts.Node): node is ts.BindingPattern {
  return ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node);
}
