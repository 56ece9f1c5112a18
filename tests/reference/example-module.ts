/**
 * From an example of the reference to a module that does the same, and asks whether what its comments say comes out.
 *
 * @module
 */
import ts from "typescript";

/** An example, as the reference shows it. */
export interface Example {
  /** "createServer()" */
  of: string;
  code: string;
}

/** The examples of a page. */
export function examplesOf(page: string): Example[] {
  /** The last heading of each level; that of an example is one below what it is an example of. */
  const headings: string[] = [];
  return page.split(/^(?=#+ )/m).flatMap((section) => {
    const [, { length: level }, heading] = section.match(/^(#+) (.*)/) as RegExpMatchArray;
    headings[level] = heading;
    if (heading !== "Example" && heading !== "Examples") return [];
    const of = headings[level - 1];
    const blocks = [...section.matchAll(/^```ts\n(.*?)^```$/gms)];
    if (blocks.length === 0) throw new Error(`${of}: an example that is no code`);
    return blocks.map(([, code]) => ({ of, code }));
  });
}

/** What a page says that its module exports. */
export function exportsOf(page: string): string[] {
  const sections = [...page.matchAll(/^### (\w+)/gm)];
  const constants = [...page.matchAll(/^\| <a id="\w+"><\/a> `([A-Z]\w+)` \|/gm)];
  return [...sections, ...constants].map(([, name]) => name);
}

/** The ports of the texts. */
export const TEXTS_PORTS = /\b(10000|10001|50000)\b/g;

/**
 * A module with the function `example`, which takes the port that is to stand for those of the texts, the stand-ins,
 * and two functions that are told what a statement gives that has a comment behind it; and with these `comments`.
 *
 * @param imported the specifier of each name that an example may use without an import
 * @param standIns the specifier of the types StandIns and Checks, and the names that StandIns has
 */
export function exampleModule(
  { of, code }: Example,
  imported: ReadonlyMap<string, string>,
  standIns: { specifier: string; names: readonly string[] },
): string {
  const source = ts.createSourceFile(of, code, ts.ScriptTarget.ES2022, true);
  const free = freeNames(source);
  const imports = [...imported].filter(([name]) => free.has(name));
  const { specifier, names } = standIns;
  const checked = withChecks(source);
  return [
    ...imports.map(([name, from]) => `import { ${name} } from "${from}";`),
    `import type { Checks, StandIns } from "${specifier}";`,
    "export async function example(",
    `  port: number, { ${names.filter((name) => free.has(name)).join(", ")} }: StandIns, { before, gives }: Checks,`,
    "): Promise<void> {",
    checked.code.replaceAll(TEXTS_PORTS, "port"),
    "}",
    `export const comments: string[] = ${JSON.stringify(checked.comments)};`,
    "",
  ].join("\n");
}

/** The names that an example uses and does not itself declare. */
function freeNames(source: ts.SourceFile): Set<string> {
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isMember =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isPropertyAssignment(parent) && parent.name === node);
      const isDeclared =
        (ts.isVariableDeclaration(parent) || ts.isBindingElement(parent)) && parent.name === node;
      if (isDeclared) declared.add(node.text);
      else if (!isMember) used.add(node.text);
    }
    node.forEachChild(visit);
  };
  visit(source);
  for (const name of declared) used.delete(name);
  return used;
}

/** The code, where each statement with a comment behind it hands on what it gives and the comment's index. */
function withChecks(source: ts.SourceFile): { code: string; comments: string[] } {
  const { text } = source;
  const comments: string[] = [];
  const edits: { from: number; to: number; call: string }[] = [];
  const visit = (node: ts.Node): void => {
    node.forEachChild(visit);
    if (!ts.isExpressionStatement(node)) return;
    const said = commentsBehind(text, node.end);
    if (said.length === 0) return;
    const call = `gives(before(), ${node.expression.getText()}, ${comments.length});`;
    edits.push({ from: node.getStart(), to: said[said.length - 1].end, call });
    comments.push(
      said.map(({ pos, end }) => text.slice(pos, end).replace(/^\/\/ ?/, "")).join("\n"),
    );
  };
  visit(source);
  let code = text;
  for (const { from, to, call } of edits.reverse())
    code = code.slice(0, from) + call + code.slice(to);
  if (/(^|\s)\/[/*]/.test(code)) {
    throw new Error(
      `${source.fileName}: a comment that is not behind a statement with a value:\n${code}`,
    );
  }
  return { code, comments };
}

/** The comment in the rest of the line, and those that fill the lines after it. */
function commentsBehind(text: string, end: number): ts.CommentRange[] {
  const behind = ts.getTrailingCommentRanges(text, end) ?? [];
  const from = behind[0]?.end ?? end;
  const below = ts.getLeadingCommentRanges(text, from) ?? [];
  return [...behind, ...below].filter(({ pos }) => !text.slice(end, pos).includes("\n\n"));
}
