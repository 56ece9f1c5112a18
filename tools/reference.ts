/**
 * Writes the reference of the public modules, which are those at the top of helpers/, from their comments.
 *
 * `npx ts-node --transpile-only tools/reference.ts [FOLDER]`: the folder is docs/reference if left out.
 *
 * @module
 */
import { join, resolve } from "node:path";
import {
  Application,
  Comment,
  CommentTag,
  type Context,
  Converter,
  type DeclarationReflection,
  Logger,
  LogLevel,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
  type SignatureReflection,
  type SomeType,
  type TypeDocOptions,
} from "typedoc";
import {
  type MarkdownPageEvent,
  type MarkdownRenderer,
  MarkdownTheme,
  MarkdownThemeContext,
  type PluginOptions,
} from "typedoc-plugin-markdown";
import ts from "typescript";

const ROOT = resolve(__dirname, "..");

/** Where the reference is that is committed. */
export const REFERENCE = join(ROOT, "docs", "reference");

const INTRODUCTION =
  'What a notebook imports, as in `import { socket } from "../helpers/socket"`. `make reference` writes these pages from ' +
  "the comments in the code. What the notebooks' kernel does otherwise than others is in [a table of its own](../kernel.md).";

const OPTIONS: Partial<TypeDocOptions & PluginOptions> = {
  name: "Reference",
  entryPoints: [join(ROOT, "helpers", "*.ts")],
  tsconfig: join(ROOT, "tsconfig.json"),
  plugin: ["typedoc-plugin-markdown"],
  logLevel: "Warn",
  router: "module",
  theme: "reference",
  readme: "none",
  // Nothing that differs from machine to machine, or with each commit.
  disableGit: true,
  disableSources: true,
  sourceLinkTemplate: "",
  // `make check` has looked for them.
  skipErrorChecking: true,

  excludeInternal: true,
  excludeExternals: true,
  sort: ["source-order"],
  groupOrder: ["Functions", "Classes", "Interfaces", "Type Aliases", "Constants"],

  requiredToBeDocumented: [
    ...["Class", "Function", "Interface", "TypeAlias", "Variable"],
    ...["Accessor", "Method", "Property"],
  ] as TypeDocOptions["requiredToBeDocumented"],
  validation: { invalidLink: true, notDocumented: true, notExported: true },

  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  expandParameters: true,
  useHTMLAnchors: true,
  sanitizeComments: true,
  indexFormat: "table",
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  tableColumnSettings: { hideInherited: true, hideModifiers: true, hideOverrides: true },
};

/** What was said of the comments while the reference was made. */
class Complaints extends Logger {
  readonly found: string[] = [];

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.found.push(message);
  }
}

/**
 * Writes the reference into a folder, which it empties first.
 *
 * @returns what the comments lack: a public thing that has none, a type that is not public, a link to nowhere
 */
export async function writeReference(folder: string): Promise<string[]> {
  const app = await Application.bootstrapWithPlugins({ ...OPTIONS, out: folder });
  const complaints = new Complaints();
  app.logger = complaints;
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, noteConstant);
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => leaveOut(project));
  // After TypeDoc has made its groups.
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => ownFirst(project), -1000);
  app.renderer.defineTheme("reference", ReferenceTheme);
  (app.renderer as MarkdownRenderer).markdownHooks.on("content.begin", introduction);

  const project = await app.convert();
  if (!project) throw new Error(`TypeDoc could not read helpers/: ${complaints.found.join("\n")}`);
  app.validate(project);
  complaints.found.push(...parametersWithout(project));
  await app.generateOutputs(project);
  return complaints.found;
}

// --- What is not in it ------------------------------------------------------------------------------------------

/** What only the runtime calls. By the first two a value shows itself, in a cell and in a terminal; its class says how. */
const UNSEEN = ["[DISPLAY]", "[custom]", "[species]"];

/** What classes of the language have as well, and what means nothing new unless a comment says so. */
const FAMILIAR = ["name", "toString"];

/** Leaves out what no reader calls: there is a function that makes the objects of each class. */
function leaveOut(project: ProjectReflection): void {
  for (const member of project.getReflectionsByKind(ReflectionKind.ClassMember)) {
    const { name, kind, comment, signatures } = member as DeclarationReflection;
    const isSaid = comment !== undefined || signatures?.some((one) => one.comment);
    const isFamiliar = FAMILIAR.includes(name) && !isSaid;
    if (UNSEEN.includes(name) || isFamiliar || kind === ReflectionKind.Constructor) {
      project.removeReflection(member);
    } else if (name === "[dispose]") member.name = "[Symbol.dispose]";
  }
  for (const one of project.getReflectionsByKind(ReflectionKind.Class)) {
    for (const signature of (one as DeclarationReflection).indexSignatures ?? []) {
      project.removeReflection(signature);
    }
  }
}

/** Puts what a module has itself before what it has from others. */
function ownFirst(project: ProjectReflection): void {
  const fileOf = (one: Reflection) => project.getSymbolIdFromReflection(one)?.fileName;
  for (const page of project.getReflectionsByKind(ReflectionKind.Module)) {
    const isOther = (one: Reflection) => Number(fileOf(one) !== fileOf(page));
    for (const { children } of (page as DeclarationReflection).groups ?? []) {
      children.sort((one, other) => isOther(one) - isOther(other));
    }
  }
}

// --- Parameters -------------------------------------------------------------------------------------------------

/** The parameters of whose meaning neither a comment nor the name of their type tells anything. */
function parametersWithout(project: ProjectReflection): string[] {
  const signatures = project.getReflectionsByKind(ReflectionKind.CallSignature);
  return (signatures as SignatureReflection[]).flatMap((signature) => {
    const comment = signature.comment ?? signature.parent.signatures?.[0].comment;
    const words = comment ? Comment.combineDisplayParts(comment.summary) : "";
    return (signature.parameters ?? [])
      .filter(
        ({ name, type, comment }) => !comment && !isNamed(type) && !words.includes(`\`${name}\``),
      )
      .map(({ name }) => `${signature.parent.getFullName()}: no word on the parameter ${name}`);
  });
}

/** Whether a type has a name, behind which there is an explanation. */
function isNamed(type: SomeType | undefined): boolean {
  switch (type?.type) {
    case "reference":
      return true;
    case "union":
    case "intersection":
      return type.types.some(isNamed);
    case "array":
      return isNamed(type.elementType);
    default:
      return false;
  }
}

// --- Constants: a table for each group of them, where else each would have a section of its own -----------------

/** A constant as posix/constants.ts writes it: `on(linux, darwin)`. */
interface Constant {
  /** The comment above its group. */
  about: string;
  linux: string;
  darwin: string;
}

const constants = new Map<Reflection, Constant>();

function noteConstant(context: Context, reflection: DeclarationReflection): void {
  const declaration = context.getSymbolFromReflection(reflection)?.declarations?.[0];
  if (!declaration || !ts.isVariableDeclaration(declaration)) return;
  const { initializer } = declaration;
  if (!initializer || !ts.isCallExpression(initializer)) return;
  if (initializer.expression.getText() !== "on") return;
  const about = commentAbove(declaration);
  const [linux, darwin] = initializer.arguments.map((value) => value.getText());
  constants.set(reflection, { about, linux, darwin });
  const group = new CommentTag("@group", [{ kind: "text", text: "Constants" }]);
  reflection.comment = new Comment([{ kind: "text", text: about }], [group]);
}

/** The comment of the group that a declaration is in: groups are parted by empty lines. */
function commentAbove(declaration: ts.Node): string {
  const source = declaration.getSourceFile();
  const before = source.text.slice(0, declaration.getStart()).split("\n");
  const first = before.lastIndexOf("");
  const lines = before.slice(first + 1).filter((line) => line.startsWith("// "));
  if (lines.length > 0) return lines.map((line) => line.slice(3)).join(" ");
  throw new Error(`${source.fileName}: no comment above the group of ${declaration.getText()}`);
}

function constantTables(reflections: DeclarationReflection[]): string {
  const groups = new Map<string, string[]>();
  for (const reflection of reflections) {
    const { about, linux, darwin } = constants.get(reflection) as Constant;
    const { name } = reflection;
    const row = `| <a id="${name.toLowerCase()}"></a> \`${name}\` | ${linux} | ${darwin} |`;
    groups.set(about, [...(groups.get(about) ?? []), row]);
  }
  const missing = "A name that one of the two systems does not know is undefined there.";
  const head = "| Constant | Linux | macOS |\n| ------ | ------ | ------ |";
  const tables = [...groups].map(([about, rows]) => [about, "", head, ...rows].join("\n"));
  return [missing, ...tables].join("\n\n");
}

// --- Pages ------------------------------------------------------------------------------------------------------

class ReferenceContext extends MarkdownThemeContext {
  constructor(...settings: ConstructorParameters<typeof MarkdownThemeContext>) {
    super(...settings);
    const { members } = this.partials;
    this.partials.inheritance = () => "";
    this.helpers.getParameterDefaultValue = ({ defaultValue = "-" }) => defaultValue;
    this.partials.members = (model, options) =>
      model.every((one) => constants.has(one)) ? constantTables(model) : members(model, options);
  }
}

/** Above the list of modules. */
function introduction({ page }: MarkdownThemeContext): string {
  return page.model.isProject() ? INTRODUCTION : "";
}

class ReferenceTheme extends MarkdownTheme {
  override getRenderContext(page: MarkdownPageEvent<Reflection>): MarkdownThemeContext {
    return new ReferenceContext(this, page, this.application.options);
  }
}

async function main(folder = REFERENCE): Promise<void> {
  const lacking = await writeReference(resolve(folder));
  for (const line of lacking) console.error(line);
  process.exitCode = Math.min(lacking.length, 1);
}

if (require.main === module) void main(process.argv[2]);
