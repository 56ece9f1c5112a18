/**
 * Has TypeScript take a cell's variables for exported where they are declared, so that its pass to CommonJS reads and
 * writes them through the exports object everywhere.
 *
 * The text says so by no `export`: it is the reader's, and each of its columns counts. And the checker must not know:
 * of an exported variable it would not infer the type from what is assigned later.
 */
import ts from "typescript";
import { internal } from "./typescript-internals";

/** What TypeScript keeps of a node beside what it declares. */
interface InternalNode {
  modifierFlagsCache: ts.ModifierFlags;
}

type InternalChecker = ts.TypeChecker & { isDeclarationVisible(node: ts.Node): boolean };

/** Binds a cell, unless it is bound: its variables are exported, those that are declared by `var` in a block too. */
export function bindExported(file: ts.SourceFile, options: ts.CompilerOptions): void {
  if ("locals" in file && file.locals) return;
  const lists = variableLists(file);
  const names = new Set(lists.flatMap(({ declarations }) => declarations.flatMap(namesIn)));
  for (const statement of file.statements) withoutNames(statement, names);
  whileExported(lists, () => internal.bindSourceFile(file, options));
}

/** Calls `emit`, which sees the variables of a cell as exported. */
export function emitExported<T>(file: ts.SourceFile, checker: ts.TypeChecker, emit: () => T): T {
  return whileExported(variableLists(file), () => {
    // The checker remembers what the declaration is that it was asked about last: so it is asked about another, a new one.
    const [other] = ts.createSourceFile("", "type T = 0", ts.ScriptTarget.ES2022, true).statements;
    (checker as InternalChecker).isDeclarationVisible(other);
    return emit();
  });
}

function whileExported<T>(lists: ts.VariableDeclarationList[], work: () => T): T {
  const mark = (flags: ts.ModifierFlags) => {
    for (const list of lists)
      (list as ts.Node as ts.Node & InternalNode).modifierFlagsCache = flags;
  };
  mark(ts.ModifierFlags.Export | ts.ModifierFlags.HasComputedFlags);
  try {
    return work();
  } finally {
    mark(ts.ModifierFlags.HasComputedFlags);
  }
}

/** The lists of `let` and `var` that declare variables of the cell, and that the reader has not exported. */
function variableLists(file: ts.SourceFile): ts.VariableDeclarationList[] {
  const found: ts.VariableDeclarationList[] = [];
  const visit = (node: ts.Node, parent: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node)) return;
    if (ts.isModuleDeclaration(node)) return;
    if (ts.isVariableStatement(node) && node.modifiers?.length) return;
    if (ts.isVariableDeclarationList(node)) {
      const kind = node.flags & ts.NodeFlags.BlockScoped;
      const isAtTop = ts.isVariableStatement(parent) && file.statements.includes(parent);
      if (kind === 0 || (kind === ts.NodeFlags.Let && isAtTop)) found.push(node);
    }
    ts.forEachChild(node, (child) => visit(child, node));
  };
  for (const statement of file.statements) visit(statement, file);
  return found;
}

function namesIn({ name }: ts.VariableDeclaration | ts.BindingElement): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : namesIn(element),
  );
}

/** What is exported where it is declared, no `export { … }` exports once more. */
function withoutNames(statement: ts.Statement, names: ReadonlySet<string>): void {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier) return;
  const { exportClause } = statement;
  if (!exportClause || !ts.isNamedExports(exportClause)) return;
  const elements = exportClause.elements.filter(({ name }) => !names.has(name.text));
  Object.assign(exportClause, { elements: ts.factory.createNodeArray(elements) });
}

/** Has the names of a cell mean what it has declared, also where that is exported: tslab looks for it there. */
export function nameExports(file: ts.SourceFile): void {
  const { locals } = file as {
    locals?: Map<ts.__String, ts.Symbol & { exportSymbol?: ts.Symbol }>;
  };
  for (const [name, { exportSymbol }] of locals ?? []) {
    if (exportSymbol) locals?.set(name, exportSymbol);
  }
}
