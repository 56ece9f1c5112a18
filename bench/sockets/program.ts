/**
 * What the benchmark programs in TypeScript share: the lines on standard input and output that ../sockets.ts
 * describes. The programs in other languages have the same loop in their own words.
 *
 * @module
 */
import { createInterface } from "node:readline";

/** Does one task; the promise settles when it is done. */
export type Run = (task: string, amount: number) => Promise<void>;

/** Runs `server` or `client PORT`, as the command line says, until standard input ends. */
export async function main(
  server: () => Promise<[port: number, serve: Run]>,
  client: (port: number) => Run,
): Promise<void> {
  const [role, port] = process.argv.slice(2);
  if (role === "server") {
    const [port, serve] = await server();
    console.log(port);
    for await (const [task, amount] of tasks()) {
      const served = serve(task, amount);
      console.log("ready");
      await served;
    }
  } else if (role === "client" && port !== undefined) {
    const run = client(Number(port));
    for await (const [task, amount] of tasks()) {
      const start = process.hrtime.bigint();
      await run(task, amount);
      console.log(Number(process.hrtime.bigint() - start) / 1e9);
    }
  } else {
    console.error("usage: PROGRAM server | PROGRAM client PORT");
    process.exit(2);
  }
  process.exit();
}

async function* tasks(): AsyncGenerator<[task: string, amount: number]> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [task, amount] = line.split(" ");
    yield [task, Number(amount)];
  }
}
