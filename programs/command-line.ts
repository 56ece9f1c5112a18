/**
 * What the programs share as commands: their arguments, and how they report a failure.
 *
 * @module
 */
import { parseArgs } from "node:util";

/**
 * The arguments HOST and PORT (0 to 65535) of `program`.
 * Wrong usage ends the process with status 2 and the usage on standard error; `--help` prints it and ends with 0.
 */
export function hostAndPort(program: string): [host: string, port: number] {
  const usage = `usage: npx ts-node programs/${program}.ts HOST PORT`;
  try {
    const { values, positionals } = parseArgs({
      options: { help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const [host, port, ...more] = positionals;
    if (host === undefined || port === undefined || more.length > 0) {
      throw new Error(`expected 2 arguments, got ${positionals.length}`);
    }
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
