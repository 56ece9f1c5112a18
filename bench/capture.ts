/**
 * What it costs that all that travels on a lesson's network is captured: a round trip on such a network, and on one that
 * nobody looks at.
 *
 * @module
 */
import { join } from "node:path";
import { Child } from "../tools/child";
import { measure } from "./measure";
import { awake } from "./processors";
import { Pair, typescript } from "./sockets";

const ROUND_TRIPS = 4000;

const ROOT = join(__dirname, "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");

/** Programs that run what stands behind them in a network of its own. */
const NETWORKS = {
  captured: [PYTHON, join(ROOT, "tools", "network.py")],
  "not captured": ["unshare", "--user", "--map-current-user", "--keep-caps", "--net", "--"],
};

/** Stays there until its input ends. */
const STAY = ["sh", "-c", "ip link set lo up; echo $$; exec cat"];

const tasks = {
  "capture-idle": "each process on a processor of its own, left idle",
  "capture-awake": "processors kept awake",
} as const;

type Task = keyof typeof tasks;

/** What can be measured. */
export const names = Object.keys(tasks);

/** Measures those of `names` that are chosen. */
export async function run(chosen: readonly string[]): Promise<void> {
  for (const name of chosen as readonly Task[]) {
    const isAwake = name === "capture-awake";
    const pairs = new Map<string, Pair>();
    const networks: Child[] = [];
    try {
      for (const [contestant, network] of Object.entries(NETWORKS)) {
        const stays = new Child([...network, ...STAY], { stderr: "inherit" });
        networks.push(stays);
        const target = `--target=${await stays.hear(60)}`;
        const enter = ["nsenter", target, "--preserve-credentials", "--user", "--net", "--"];
        pairs.set(contestant, new Pair([...enter, ...typescript("helper.ts")], !isAwake));
      }
      const work = () =>
        measure({
          title: `Round trip of 16 octets, captured as in a notebook, ${tasks[name]}`,
          unit: "us",
          better: "less",
          rounds: 9,
          starts: 9,
          warmUp: 6,
          baseline: "not captured",
          target: { contestant: "captured", ratio: 1.1 },
          contestants: Array.from(pairs, ([contestant, pair]) => ({
            name: contestant,
            round: async () => ((await pair.run("roundtrip", ROUND_TRIPS)) / ROUND_TRIPS) * 1e6,
            start: () => pair.start(),
          })),
        });
      await (isAwake ? awake(work) : work());
    } finally {
      for (const pair of pairs.values()) pair.end();
      for (const network of networks) network.end();
    }
  }
}
