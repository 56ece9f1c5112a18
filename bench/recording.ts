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

/** What can be measured. */
export const names = ["recording"];

/** Measures it. */
export async function run(): Promise<void> {
  const pairs = new Map<string, Pair>();
  try {
    pairs.set("recorded", await Pair.start(typescript("recorded.ts"), false));
    pairs.set("not recorded", await Pair.start(typescript("unrecorded.ts"), false));
    await awake(() =>
      measure({
        title: "Round trip of 16 octets, recorded as in a notebook",
        unit: "us",
        better: "less",
        rounds: 31,
        baseline: "not recorded",
        target: { contestant: "recorded", ratio: 1.1 },
        contestants: Array.from(pairs, ([name, pair]) => ({
          name,
          round: async () => ((await pair.run("roundtrip", ROUND_TRIPS)) / ROUND_TRIPS) * 1e6,
        })),
      }),
    );
  } finally {
    for (const pair of pairs.values()) pair.end();
  }
}
