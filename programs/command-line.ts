/**
 * What the programs share as commands: their arguments, and how they report a failure.
 *
 * @module
 */
import { type ParseArgsConfig, parseArgs } from "node:util";

/** What a program knows of its address by itself. */
interface Fixed {
  /** No argument then. */
  host?: string;
  /** Used where PORT is left out. */
  port?: number;
}

/**
 * The address that `program` is to use, from its arguments HOST and PORT (0 to 65535).
 * Wrong usage ends the process with status 2 and the usage on standard error; `--help` prints it and ends with 0.
 */
export function hostAndPort(program: string, fixed: Fixed = {}): [host: string, port: number] {
  const words = fixed.host === undefined ? ["HOST"] : [];
  const least = words.length + (fixed.port === undefined ? 1 : 0);
  words.push(fixed.port === undefined ? "PORT" : "[PORT]");
  return parsed(program, words.join(" "), {}, ({ positionals }) => {
    checkCount(positionals, least, words.length);
    const port = positionals[words.length - 1] ?? String(fixed.port);
    return [fixed.host ?? positionals[0], portOf(port)];
  });
}

/** Holds `program` to having no arguments. Wrong usage and `--help` are as with `hostAndPort`. */
export function noArguments(program: string): void {
  parsed(program, "", {}, ({ positionals }) => checkCount(positionals, 0, 0));
}

/** Which half of a listing a program is to be, and where. */
export interface Role {
  role: "server" | "client";
  address: [host: string, port: number];
  /** Undefined where it was left out, as it is for a server. */
  count: number | undefined;
  /** Whether the switch was given, never for a server. */
  on: boolean;
}

/** What a program with two halves lets its caller leave out. */
interface Halves {
  /** The host if none is given; without it, one must be given. */
  host?: string;
  /** The port if `-p` is left out. */
  port: number;
  /** The name of a number that may follow the client's host. */
  count?: string;
  /** The name of an option without a value, for the client. */
  on?: string;
}

/**
 * What `program`, both halves of a listing, is to do: from its arguments `server` or `client`, the host a number and a
 * switch where it has them, and the option `-p PORT`. Wrong usage and `--help` are as with `hostAndPort`.
 */
export function roleAndAddress(program: string, { host, port, count, on }: Halves): Role {
  const optional = host === undefined ? "HOST" : "[HOST]";
  const words = ["server|client", optional, ...(count === undefined ? [] : [`[${count}]`])];
  const usage = `${words.join(" ")} [-p PORT]${on === undefined ? "" : ` [--${on}]`}`;
  const options: Options = { port: { type: "string", short: "p", default: String(port) } };
  if (on !== undefined) options[on] = { type: "boolean" };
  return parsed(program, usage, options, ({ positionals, values }) => {
    checkCount(positionals, host === undefined ? 2 : 1, words.length);
    const [role, where = host as string, number] = positionals;
    if (role !== "server" && role !== "client") {
      throw new Error(`expected server or client, got "${role}"`);
    }
    const given = on !== undefined && values[on] === true;
    if (role === "server") {
      if (number !== undefined) throw new Error(`${count} is for the client only`);
      if (given) throw new Error(`--${on} is for the client only`);
    }
    if (number !== undefined && !/^[1-9]\d{0,11}$/.test(number)) {
      throw new Error(`${count} must be a whole number above 0, not "${number}"`);
    }
    return {
      role,
      address: [where, portOf(values.port as string)],
      count: number === undefined ? undefined : Number(number),
      on: given,
    };
  });
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What `read` makes of the arguments. What it throws is wrong usage. */
function parsed<T>(
  program: string,
  words: string,
  options: Options,
  read: (found: ReturnType<typeof parseArgs>) => T,
): T {
  const usage = `usage: npx ts-node programs/${program}.ts ${words}`.trimEnd();
  try {
    const found = parseArgs({
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    if (found.values.help) {
      console.log(usage);
      process.exit(0);
    }
    return read(found);
  } catch (error) {
    report(program, withoutAdvice(error));
    console.error(usage);
    process.exit(2);
  }
}

/**
 * What is wrong, in the first sentence of what `parseArgs` says. The advice that follows it there is how to pass on what
 * begins with a hyphen, which is neither a host nor a port.
 */
function withoutAdvice(error: unknown): unknown {
  return error instanceof Error ? error.message.replace(/\.(?: To |\n).*/s, "") : error;
}

function checkCount(positionals: string[], least: number, most: number): void {
  if (positionals.length >= least && positionals.length <= most) return;
  const range = least === most ? least : `${least} ${most === least + 1 ? "or" : "to"} ${most}`;
  const noun = most === 1 ? "argument" : "arguments";
  throw new Error(`expected ${range} ${noun}, got ${positionals.length}`);
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) {
    throw new Error(`PORT must be a whole number from 0 to 65535, not "${text}"`);
  }
  return Number(text);
}

/** Reports a failure as one line on standard error; what to do about it is in the error's message. */
export function report(program: string, error: unknown): void {
  console.error(`${program}: ${error instanceof Error ? error.message : error}`);
}

/** Runs a program: what it throws is reported, and ends it with status 1. */
export function run(program: string, main: () => Promise<void>): void {
  main().catch((error) => {
    report(program, error);
    process.exitCode = 1;
  });
}

/** Runs a program that ends well, with status 0, when it is stopped by Ctrl-C or SIGTERM: `signal` aborts then. */
export function runUntilStopped(
  program: string,
  main: (signal: AbortSignal) => Promise<void>,
): void {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  run(program, async () => {
    try {
      await main(stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  });
}
