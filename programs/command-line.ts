/**
 * What the programs share as commands: their arguments, and how they report a failure.
 *
 * @module
 */
import { parseArgs } from "node:util";

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
  const usage = `usage: npx ts-node programs/${program}.ts ${words.join(" ")}`;
  try {
    const { values, positionals } = parseArgs({
      options: { help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (positionals.length < least || positionals.length > words.length) {
      const range = least === words.length ? least : `${least} or ${words.length}`;
      const noun = words.length === 1 ? "argument" : "arguments";
      throw new Error(`expected ${range} ${noun}, got ${positionals.length}`);
    }
    const host = fixed.host ?? positionals[0];
    const port = positionals[words.length - 1] ?? String(fixed.port);
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
      throw new Error(`PORT must be a whole number from 0 to 65535, not "${port}"`);
    }
    return [host, Number(port)];
  } catch (error) {
    report(program, error);
    console.error(usage);
    process.exit(2);
  }
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
