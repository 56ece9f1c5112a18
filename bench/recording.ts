/**
 * What it costs that the sockets record what they do and write it for the other notebook: a round trip with and
 * without.
 *
 * @module
 */
import { measure } from "./measure";
import { awake } from "./processors";
import { Pair, typescript } from "./sockets";

const ROUND_TRIPS = 4000;

const tasks = {
  "recording-idle": "each process on a processor of its own, left idle",
  "recording-awake": "processors kept awake",
} as const;

type Task = keyof typeof tasks;

/** What can be measured. */
export const names = Object.keys(tasks);

/** Measures those of `names` that are chosen. */
export async function run(chosen: readonly string[]): Promise<void> {
  for (const name of chosen as readonly Task[]) {
    const isAwake = name === "recording-awake";
    const pairs = new Map<string, Pair>();
    try {
      pairs.set("recorded", new Pair(typescript("recorded.ts"), !isAwake));
      pairs.set("not recorded", new Pair(typescript("helper.ts"), !isAwake));
      const work = () =>
        measure({
          title: `Round trip of 16 octets, recorded as in a notebook, ${tasks[name]}`,
          unit: "us",
          better: "less",
          rounds: 9,
          starts: 9,
          warmUp: 6,
          baseline: "not recorded",
          target: { contestant: "recorded", ratio: 1.1 },
          contestants: Array.from(pairs, ([contestant, pair]) => ({
            name: contestant,
            round: async () => ((await pair.run("roundtrip", ROUND_TRIPS)) / ROUND_TRIPS) * 1e6,
            start: () => pair.start(),
          })),
        });
      await (isAwake ? awake(work) : work());
    } finally {
      for (const pair of pairs.values()) pair.end();
    }
  }
}
