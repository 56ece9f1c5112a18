/**
 * A relay of datagrams that does to them what a network may do: it loses some, doubles some, and lets others overtake.
 *
 *     npx ts-node programs/lossy-relay.ts 127.0.0.1:1061 127.0.0.1:1060 --lose 20 --double 10 --hold 10 --seed 7
 *
 * What comes at the first address goes to the second, and what comes back goes to whoever has sent last. Percentages say
 * how many are lost, doubled, or held until the next one has passed (for 200 ms at most); --delay is how many milliseconds
 * each is on its way. The fate of the n-th datagram of a direction depends on the seed and on nothing else.
 *
 * @module
 */
import { AF_INET, type InetAddress, SOCK_DGRAM, type Socket, socket } from "../helpers/socket";
import { exitOnSignal, readArguments, report, run } from "./command-line";

type Fate = "lost" | "doubled" | "held" | "passed";
type Shares = Record<"lost" | "doubled" | "held", number>;

/** Milliseconds after which one that is held passes, if no other has come. */
const LONGEST_HOLD = 200;

async function main(): Promise<void> {
  const { HERE, THERE, ...chosen } = readArguments(
    "HERE THERE [--lose PERCENT] [--double PERCENT] [--hold PERCENT] [--delay MS] [--seed NUMBER]",
    { "--lose": 0, "--double": 0, "--hold": 0, "--delay": 0, "--seed": 1 },
  );
  const shares = { lost: chosen["--lose"], doubled: chosen["--double"], held: chosen["--hold"] };
  const [delay, seed] = [chosen["--delay"], chosen["--seed"]];
  exitOnSignal();
  using front = socket(AF_INET, SOCK_DGRAM);
  using back = socket(AF_INET, SOCK_DGRAM);
  await front.bind(HERE);
  console.log(`relaying from ${front.getsockname().join(":")} to ${THERE.join(":")}`);

  let client: InetAddress | undefined;
  async function relay(
    name: string,
    from: Socket,
    fates: Generator<Fate, never>,
    send: (data: Uint8Array) => void,
  ) {
    let release = () => {};
    for (let count = 1; ; count++) {
      const [data, sender] = await from.recvfrom(2 ** 16);
      if (from === front) client = sender;
      const fate = fates.next().value;
      if (fate !== "passed") console.log(`${name} ${count} ${fate}`);
      const pass = () => (delay > 0 ? void setTimeout(send, delay, data) : send(data));
      const releaseHeld = release;
      release = fate === "held" ? atMostOnce(pass) : () => {};
      if (fate === "passed" || fate === "doubled") pass();
      if (fate === "doubled") pass();
      releaseHeld();
    }
  }

  const forth = relay("forth", front, fatesBy(seed, shares), (data) => {
    back.sendto(data, THERE).catch(report);
  });
  const fro = relay("back", back, fatesBy(~seed, shares), (data) => {
    if (client) front.sendto(data, client).catch(report);
  });
  await Promise.all([forth, fro]);
}

/** What becomes of one datagram after the other, by these shares in percent. */
function* fatesBy(seed: number, { lost, doubled, held }: Shares): Generator<Fate, never> {
  const numbers = random(seed);
  while (true) {
    const percent = 100 * numbers.next().value;
    if (percent < lost) yield "lost";
    else if (percent < lost + doubled) yield "doubled";
    else if (percent < lost + doubled + held) yield "held";
    else yield "passed";
  }
}

/** Numbers from 0 to below 1 that look random, by the recipe called mulberry32. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Passes one that was held: now, unless its time has come before. */
function atMostOnce(pass: () => void): () => void {
  let isOver = false;
  const once = () => {
    if (!isOver) pass();
    isOver = true;
  };
  setTimeout(once, LONGEST_HOLD);
  return once;
}

run(main);
