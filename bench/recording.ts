/**
 * What it costs that the sockets record what they do and write it for the other notebook: a round trip with and
 * without.
 *
 * @module
 */
import { measureCost } from "./cost";
import { Pair, typescript } from "./sockets";

const AWAKE = "recording-awake";

/** What can be measured. */
export const names = ["recording-idle", AWAKE];

/** Measures those of `names` that are chosen. */
export async function run(chosen: readonly string[]): Promise<void> {
  for (const name of chosen) {
    const isAwake = name === AWAKE;
    const pairs = new Map<string, Pair>();
    try {
      pairs.set("recorded", new Pair(typescript("recorded.ts"), !isAwake));
      pairs.set("not recorded", new Pair(typescript("helper.ts"), !isAwake));
      const title = "recorded as in a notebook";
      await measureCost({ title, pairs, bearing: "recorded", baseline: "not recorded", isAwake });
    } finally {
      for (const pair of pairs.values()) pair.end();
    }
  }
}
