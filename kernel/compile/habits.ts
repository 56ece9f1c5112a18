/** What readers are used to from other notebooks and from terminals, and what to write here instead. */
import type ts from "typescript";
import { type CompiledCell, isCellFile, LINES_BEFORE_CELL } from "./compiled";

type Answer = (line: RegExpMatchArray) => string;

const RUN = (command: string) => `import { $ } from "zx", then await $\`${command.trim()}\``;

const TERMINAL =
  "type it in a terminal (File, New, Terminal), in the folder that package.json is in";

/** IPython's magic commands that mean something here. */
const MAGIC: Record<string, (rest: string) => string> = {
  ...same(["time", "timeit"], () => 'console.time("it") before and console.timeEnd("it") after'),
  ...same(["bash", "sh", "script", "system", "sx"], (rest) => RUN(rest || "…")),
  ...same(["ls", "cat", "mkdir", "rm", "cp", "mv", "pwd"], () => RUN("…")),
  ...same(["pip", "conda", "npm"], () => `npm install …: ${TERMINAL}`),
  cd: (rest) => `process.chdir(${JSON.stringify(rest || "…")})`,
  env: () => "process.env",
  ...same(["run", "load"], () => 'import … from "./file"'),
  ...same(
    ["html", "HTML", "markdown", "latex", "svg", "javascript", "js"],
    () => 'import { display } from "tslab", then display.html("…") and its like',
  ),
};

function same(names: string[], answer: (rest: string) => string): typeof MAGIC {
  return Object.fromEntries(names.map((name) => [name, answer]));
}

const INSTALLERS = "npm|npx|yarn|pnpm|bun|deno|pip3?|conda|apt|apt-get|brew";
const COMMANDS = "ls|pwd|cat|git|mkdir|rm|cp|mv|echo|curl|wget|python3?|node|sudo|make|bash|sh";

const HABITS: [RegExp, Answer][] = [
  [
    /^!{1,2}\s*([\w.~/].*)$/,
    ([line, command]) => `${line} is a command of a shell: ${RUN(command)}`,
  ],
  [
    /^(%{1,2}(\w+))\s*(.*)$/,
    ([, magic, name, rest]) => {
      const instead = Object.hasOwn(MAGIC, name) ? MAGIC[name](rest) : "TypeScript";
      return `${magic} is a command of IPython: write here ${instead}`;
    },
  ],
  [
    new RegExp(`^(?:${INSTALLERS})\\s+[\\w@-].*$`),
    ([line]) => `${line} is a command of a shell: ${TERMINAL}`,
  ],
  [/^cd(?:\s+(\S+))?$/, ([line, to = ""]) => `${line} is a command of a shell: ${MAGIC.cd(to)}`],
  [
    new RegExp(`^(?:${COMMANDS})(?:\\s+[\\w./~"'-].*)?$`),
    ([line]) => `${line} is a command of a shell: ${RUN(line)}`,
  ],
  [
    /^\?{1,2}\s*[\w$.]+$|^[\w$.]+\s*\?{1,2}$/,
    ([line]) => `${line} is a question to IPython: put the cursor on the name, and press Shift-Tab`,
  ],
];

/** One line, where the first error of a cell is in a line that is no TypeScript and elsewhere would do something. */
export function habitErrors(
  [first]: readonly ts.Diagnostic[],
  code: string,
): CompiledCell["errors"] {
  const { file, start = 0 } = first;
  if (!file || !isCellFile(file.fileName)) return undefined;
  const line = file.getLineAndCharacterOfPosition(start).line - LINES_BEFORE_CELL;
  const instead = insteadOf(code.split(/\r\n|[\n\r\u2028\u2029]/)[line] ?? "");
  return instead === undefined ? undefined : { first: instead, text: instead };
}

/** What to write in the place of a line that TypeScript refuses; undefined where it is no such habit. */
export function insteadOf(line: string): string | undefined {
  const text = line.trim().replace(/;$/, "");
  for (const [pattern, answer] of HABITS) {
    const match = text.match(pattern);
    if (match) return answer(match);
  }
  return undefined;
}
