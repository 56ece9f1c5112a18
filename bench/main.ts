/**
 * `main.ts [FILTER]` measures everything whose name contains FILTER, and prints a table for each.
 *
 * It reports, it does not judge: a missed target is marked MISSED, and the exit status is 0 all the same.
 *
 * @module
 */
import { availableParallelism, cpus, loadavg } from "node:os";
import * as capture from "./capture";
import * as kernel from "./kernel";
import * as lessons from "./lessons";
import * as recording from "./recording";
import * as sockets from "./sockets";

const benches = [sockets, recording, capture, kernel, lessons];

async function main(filter = "", ...rest: string[]): Promise<void> {
  const chosen = benches.map(({ names }) => names.filter((name) => name.includes(filter)));
  if (rest.length > 0 || chosen.flat().length === 0) {
    console.error(
      `usage: main.ts [FILTER]\nFILTER is a part of: ${benches.flatMap(({ names }) => names).join(", ")}`,
    );
    process.exit(2);
  }
  const load = loadavg()[0];
  console.log(
    `Node ${process.version}, ${availableParallelism()} processors (${cpus()[0]?.model ?? "unknown"})`,
  );
  if (load > 0.5)
    console.log(
      `Something else is running here (load ${load.toFixed(1)}): the figures will scatter.`,
    );
  for (const [index, bench] of benches.entries())
    if (chosen[index].length > 0) await bench.run(chosen[index]);
}

// By which the children end, too.
for (const [signal, number] of [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGTERM", 15],
] as const) {
  process.on(signal, () => process.exit(128 + number));
}

main(...process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
