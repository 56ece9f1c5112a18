/**
 * Says which ports of a lesson are held, and by whom; nothing where all are free. What `make run` adds to a failure.
 *
 *     node --require ts-node/register/transpile-only tools/held-ports.ts NOTEBOOK...
 *
 * @module
 */
import { lessonPorts, obstacle } from "./ports";

async function main(): Promise<void> {
  for (const port of lessonPorts(process.argv.slice(2)).keys()) {
    const problem = await obstacle(port);
    if (problem !== undefined) console.log(`Port ${port} of this lesson: ${problem}`);
  }
}

main();
