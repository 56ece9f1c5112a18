/**
 * The file of what the cells before have declared, which grows. As a rule a cell declares no name anew: all that is in
 * the file stays, and only what the cell has declared is read and bound, however much was declared before.
 */
import ts from "typescript";
import { internal } from "./typescript-internals";

type Symbols = Map<ts.__String, ts.Symbol & { parent?: ts.Symbol }>;

interface InternalFile extends ts.SourceFile {
  imports: readonly ts.StringLiteralLike[];
  parseDiagnostics: readonly ts.Diagnostic[];
  /** What is declared, once it is bound. */
  locals?: Symbols;
  symbol?: ts.Symbol;
  identifiers: Map<string, string>;
}

/** What tslab puts in front of the declarations. */
const PREFIX = "export {};\n";

const files = new WeakMap<ts.Node, EarlierDeclarations>();

/** Due before tslab takes out of the file what a cell declares anew. */
export function noteWhatIsLeft(cell: ts.SourceFile): void {
  files.get(cell.parent)?.compare(cell as InternalFile);
}

/** The declarations in the file; undefined where the last cell has declared some of them anew. */
export function textLeft(file: ts.SourceFile): string | undefined {
  return files.get(file)?.left;
}

export class EarlierDeclarations {
  readonly #file: InternalFile;
  readonly #options: ts.CompilerOptions;
  /** The declarations, the latest first; in the file's own text they are last. */
  #text: string;
  /** Whether tslab would write all that is in the file as it is there. */
  readonly #isPlain: boolean;
  #isLeft = false;

  constructor(file: ts.SourceFile, options: ts.CompilerOptions) {
    this.#file = file as InternalFile;
    this.#options = options;
    this.#text = file.text.slice(PREFIX.length);
    this.#isPlain = file.statements.slice(1).every(isKept);
    files.set(file, this);
  }

  /** See `textLeft`. */
  get left(): string | undefined {
    return this.#isLeft ? this.#text : undefined;
  }

  compare({ locals }: InternalFile): void {
    this.#isLeft = this.#isPlain && !haveSameNames(locals, this.#file.locals);
  }

  /** What a text of the file has that the file does not; undefined where it does not begin with that. */
  addedIn(text: string): string | undefined {
    const end = text.length - this.#text.length;
    return this.#isLeft && text.endsWith(this.#text) ? text.slice(PREFIX.length, end) : undefined;
  }

  /** As a file of its own, in which everything is at the place that it will have in this one. */
  read(added: string, how: ts.CreateSourceFileOptions | ts.ScriptTarget): ts.SourceFile {
    const { fileName, text } = this.#file;
    return ts.createSourceFile(fileName, `${" ".repeat(text.length)}${PREFIX}${added}`, how, true);
  }

  /** Takes over what `read` has made; whether that can be. */
  take(added: string, read: ts.SourceFile): boolean {
    const [file, from] = [this.#file, read as InternalFile];
    const statements = from.statements.slice(1);
    if (from.parseDiagnostics.length > 0 || !statements.every(isKept)) return false;
    internal.bindSourceFile(from, this.#options);
    if (!file.symbol || !from.symbol || haveSameNames(from.locals, file.locals)) return false;
    for (const statement of statements) Object.assign(statement, { parent: file });
    for (const [name, symbol] of from.locals ?? []) file.locals?.set(name, symbol);
    for (const [name, symbol] of (from.symbol.exports ?? []) as Symbols) {
      symbol.parent = file.symbol;
      file.symbol.exports?.set(name, symbol);
    }
    for (const [name, text] of from.identifiers) file.identifiers.set(name, text);
    Object.assign(file, {
      statements: ts.factory.createNodeArray([...file.statements, ...statements]),
      text: `${file.text}${from.text.slice(file.text.length)}`,
      end: from.end,
      endOfFileToken: Object.assign(from.endOfFileToken, { parent: file }),
      // Made from the text when they are asked for.
      lineMap: undefined,
      nameTable: undefined,
    });
    this.#text = `${added}${this.#text}`;
    return true;
  }
}

function haveSameNames(some: Symbols = new Map(), others: Symbols = new Map()): boolean {
  return [...some.keys()].some((name) => others.has(name));
}

/** Whether tslab knows what this is: it leaves out all else. */
function isKept(statement: ts.Statement): boolean {
  return (
    ts.isVariableStatement(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    (ts.isImportDeclaration(statement) && statement.importClause !== undefined)
  );
}
