/**
 * What something costs that goes on beside the sockets: a round trip with it, and one without.
 *
 * @module
 */
import { measure } from "./measure";
import { awake } from "./processors";
import type { Pair } from "./sockets";

const ROUND_TRIPS = 4000;

/** A round trip that bears the cost, and one that does not: the first is to take 1.1 times as long at most. */
export interface Cost {
  /** What is measured, without the processors. */
  readonly title: string;
  /** The pair that bears it, and the one that does not, by their names in the table. */
  readonly pairs: ReadonlyMap<string, Pair>;
  readonly bearing: string;
  readonly baseline: string;
  /** Whether the processors are kept awake; otherwise each process has one of its own, left idle. */
  readonly isAwake: boolean;
}

/** Measures it, and prints the table. */
export async function measureCost({
  title,
  pairs,
  bearing,
  baseline,
  isAwake,
}: Cost): Promise<void> {
  const processors = isAwake
    ? "processors kept awake"
    : "each process on a processor of its own, left idle";
  const work = () =>
    measure({
      title: `Round trip of 16 octets, ${title}, ${processors}`,
      unit: "us",
      better: "less",
      rounds: 9,
      starts: 9,
      warmUp: 6,
      baseline,
      target: { contestant: bearing, ratio: 1.1 },
      contestants: Array.from(pairs, ([name, pair]) => ({
        name,
        round: async () => ((await pair.run("roundtrip", ROUND_TRIPS)) / ROUND_TRIPS) * 1e6,
        start: () => pair.start(),
      })),
    });
  await (isAwake ? awake(work) : work());
}
