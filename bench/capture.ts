/**
 * What it costs that all that travels on a lesson's network is captured: a round trip on such a network, and on one that
 * nobody looks at.
 *
 * @module
 */
import { join } from "node:path";
import { Child } from "../tools/child";
import { measureCost } from "./cost";
import { Pair, typescript } from "./sockets";

const ROOT = join(__dirname, "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");

/** Programs that run what stands behind them in a network of its own. */
const NETWORKS = {
  captured: [PYTHON, join(ROOT, "tools", "network.py")],
  "not captured": ["unshare", "--user", "--map-current-user", "--keep-caps", "--net", "--"],
};

/** Stays there until its input ends. */
const STAY = ["sh", "-c", "ip link set lo up; echo $$; exec cat"];

const AWAKE = "capture-awake";

/** What can be measured. */
export const names = ["capture-idle", AWAKE];

/** Measures those of `names` that are chosen. */
export async function run(chosen: readonly string[]): Promise<void> {
  for (const name of chosen) {
    const isAwake = name === AWAKE;
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
      const title = "captured as in a notebook";
      await measureCost({ title, pairs, bearing: "captured", baseline: "not captured", isAwake });
    } finally {
      for (const pair of pairs.values()) pair.end();
      for (const network of networks) network.end();
    }
  }
}
