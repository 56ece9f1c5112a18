/**
 * What the programs leave out of their listings: how they read their arguments, report an error, and stop.
 *
 * @module
 */
import { parse } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";

const PROGRAM = parse(process.argv[1]).name;

/** What the words of a usage stand for. */
interface Meanings {
  "server|client": "server" | "client";
  HOST: string;
  OCTETS: number;
  PORT: number;
  HERE: [host: string, port: number];
  THERE: [host: string, port: number];
  WAY: Way;
  "--while-sending": boolean;
  "--lose": number;
  "--double": number;
  "--hold": number;
  "--delay": number;
  "--seed": number;
}

/** The ways to serve many clients at once. */
const WAYS = ["turns", "promises", "poll", "processes", "node"] as const;
type Way = (typeof WAYS)[number];

type Word = keyof Meanings;
type Named<Usage extends string> = {
  [W in Word as Usage extends `${string}${W}${string}` ? W : never]: Meanings[W];
};

const MEANINGS: { [W in Word]: (text: string) => Meanings[W] } = {
  "server|client": (text) => {
    if (text === "server" || text === "client") return text;
    throw new Error(`expected server or client, got "${text}"`);
  },
  HOST: (text) => text,
  OCTETS: (text) => {
    if (/^[1-9]\d{0,11}$/.test(text)) return Number(text);
    throw new Error(`OCTETS must be a whole number above 0, not "${text}"`);
  },
  PORT: (text) => {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
    throw new Error(`PORT must be a whole number from 0 to 65535, not "${text}"`);
  },
  HERE: address,
  THERE: address,
  WAY: (text) => {
    const way = WAYS.find((name) => name === text);
    if (way) return way;
    throw new Error(`WAY must be one of ${WAYS.join(", ")}, not "${text}"`);
  },
  "--while-sending": () => true,
  "--lose": (text) => amount("--lose", text, 100),
  "--double": (text) => amount("--double", text, 100),
  "--hold": (text) => amount("--hold", text, 100),
  "--delay": (text) => amount("--delay", text, 10_000),
  "--seed": (text) => amount("--seed", text, 2 ** 31 - 1),
};

function address(text: string): [host: string, port: number] {
  const [, host, port] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
  if (Number(port) <= 65535) return [host, Number(port)];
  throw new Error(`an address is written as 127.0.0.1:1060, not "${text}"`);
}

function amount(option: string, text: string, most: number): number {
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text);
  throw new Error(`${option} must be a whole number from 0 to ${most}, not "${text}"`);
}

/** What is said to the client only, where a program has two halves. */
const FOR_THE_CLIENT = new Set<Word>(["OCTETS", "--while-sending"]);

/**
 * What the program was told, by the words of its usage: HOST is needed, [HOST] may be left out, [-p PORT] and
 * [--seed NUMBER] are options.
 * What was left out is as `defaults` says. Wrong usage ends the process with status 2 and the usage on standard error;
 * `--help` prints it and ends with 0.
 *
 * @example
 * const { HOST, PORT } = readArguments("HOST [PORT]", { PORT: 10001 });
 */
export function readArguments<Usage extends string>(
  usage: Usage,
  defaults: Partial<Named<Usage>> = {},
): Named<Usage> {
  try {
    const said = saidWords(usage);
    const meant = [...said].map(([word, text]) => {
      if (said.get("server|client") === "server" && FOR_THE_CLIENT.has(word)) {
        throw new Error(`${word} is for the client only`);
      }
      return [word, MEANINGS[word](text)];
    });
    return { ...defaults, ...Object.fromEntries(meant) };
  } catch (error) {
    // The advice that follows the first sentence is how to pass on what begins with a hyphen: no host or port does.
    report((error as Error).message.replace(/\.(?: To |\n).*/s, ""));
    console.error(help(usage));
    process.exit(2);
  }
}

function help(usage: string): string {
  return `usage: npx ts-node programs/${PROGRAM}.ts ${usage}`.trimEnd();
}

/** The text that was said for each word of the usage. */
function saidWords(usage: string): Map<Word, string> {
  const options: ParseArgsConfig["options"] = { help: { type: "boolean", short: "h" } };
  if (usage.includes("--while-sending")) options["while-sending"] = { type: "boolean" };
  if (usage.includes("-p PORT")) options.port = { type: "string", short: "p" };
  const numbers = [...usage.matchAll(/\[(--[a-z]+) [A-Z]+\]/g)].map(([, option]) => option as Word);
  for (const option of numbers) options[option.slice(2)] = { type: "string" };
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  if (values.help) {
    console.log(help(usage));
    process.exit(0);
  }
  const words = usage.replaceAll(/\[-.*?\]/g, "").match(/\S+/g) ?? [];
  const least = words.filter((word) => !word.startsWith("[")).length;
  if (positionals.length < least || positionals.length > words.length) {
    const range = least === words.length ? least : `${least} or ${words.length}`;
    const noun = words.length === 1 ? "argument" : "arguments";
    throw new Error(`expected ${range} ${noun}, got ${positionals.length}`);
  }
  const said = new Map(
    positionals.map((text, i) => [words[i].replace(/[[\]]/g, "") as Word, text]),
  );
  if (values["while-sending"]) said.set("--while-sending", "");
  if (typeof values.port === "string") said.set("PORT", values.port);
  for (const option of numbers) {
    const text = values[option.slice(2)];
    if (typeof text === "string") said.set(option, text);
  }
  return said;
}

/** Reports a failure as one line on standard error; what to do about it is in the error's message. */
export function report(error: unknown): void {
  console.error(`${PROGRAM}: ${error instanceof Error ? error.message : error}`);
}

/** Runs a program: what it throws is reported, and ends it with status 1. */
export function run(main: () => Promise<void>): void {
  main().catch((error) => {
    report(error);
    process.exitCode = 1;
  });
}

/** From now on Ctrl-C and SIGTERM end the program well, with status 0; the system closes its sockets. */
export function exitOnSignal(): void {
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(0));
}
