/**
 * Random conversations in a network of their own, each drawn from its calls, drawn from the capture, and captured; prints,
 * as JSON, what was done in each, and the control segments of all three: SYN, FIN and RST, with the side that has sent
 * them, in their order.
 *
 *     wire-conversations.ts COUNT     (SEED=7 in the environment: the same ones again)
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Ladder, ladder } from "../../../helpers/ladder";
import { setRecording } from "../../../helpers/record/record";
import {
  createServer,
  SHUT_WR,
  SO_LINGER,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../../helpers/socket";
import { type Segments, wire } from "../../../helpers/wire";
import { Random } from "./random";

/** So many are drawn at once: more sockets than of these are not kept. */
const TOGETHER = 20;

type Side = "client" | "server";

/** What a side may do; whatever it is told is a part of the conversation. */
const MOVES: Record<string, (sock: Socket<number>) => unknown> = {
  send: (sock) => sock.send("some octets"),
  recv: (sock) => sock.recv(100, 0, { timeout: 0.02 }),
  "recv a part": (sock) => sock.recv(3, 0, { timeout: 0.02 }),
  shutdown: (sock) => sock.shutdown(SHUT_WR),
  close: (sock) => sock.close(),
  reset: (sock) => {
    sock.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    sock.close();
  },
};

interface Conversation {
  client: Socket<number>;
  port: number;
  done: string[];
}

async function told(move: () => unknown): Promise<void> {
  try {
    await move();
  } catch {
    // An error of the system is an answer.
  }
  // What has been sent has arrived.
  await sleep(1);
}

async function converse(random: Random): Promise<Conversation> {
  const listener = await createServer(["127.0.0.1", 0]);
  const client = socket();
  await client.connect(listener.getsockname());
  const port = listener.getsockname()[1];
  const sides: Partial<Record<Side, Socket<number>>> = { client };
  const done: string[] = [];
  if (random.below(5) > 0) [sides.server] = await listener.accept();
  else done.push("server: accepts nobody");
  for (let turn = 1 + random.below(8); turn > 0; turn--) {
    const sock = random.below(2) === 0 ? "client" : "server";
    const name = Object.keys(MOVES)[random.below(Object.keys(MOVES).length)];
    const at = sides[sock];
    if (!at || at.fileno() < 0) continue;
    done.push(`${sock}: ${name}`);
    await told(() => MOVES[name](at));
  }
  const last = [client, listener, ...(sides.server ? [sides.server] : [])];
  while (last.length > 0) {
    const [sock] = last.splice(random.below(last.length), 1);
    const side = sock === client ? "client" : sock === listener ? "listener" : "server";
    if (sock.fileno() >= 0) done.push(`${side}: close`);
    await told(() => sock.close());
  }
  return { client, port, done };
}

const CONTROL = /^(SYN, ACK|SYN|FIN|RST)/;

function drawn({ rows }: Ladder, isInferred: boolean): string[] {
  return rows.rows.flatMap(({ wires }) =>
    wires.flatMap(({ to, text, kind, ...wire }) => {
      if (wire.isInferred !== isInferred || wire.numbers?.includes("retransmission")) return [];
      const flag = kind === "data" ? undefined : CONTROL.exec(text)?.[0];
      return flag === undefined ? [] : [`${to === "left" ? "client" : "server"}: ${flag}`];
    }),
  );
}

function captured(segments: Segments, port: number): string[] {
  return segments.flatMap(({ from, flags, marks }) => {
    const control = flags.filter((flag) => ["SYN", "FIN", "RST"].includes(flag));
    if (control.length === 0 || marks.includes("retransmission")) return [];
    const isAnswer = flags.includes("SYN") && flags.includes("ACK");
    const side = from[1] === port ? "server" : "client";
    return [`${side}: ${isAnswer ? "SYN, ACK" : control.join(", ")}`];
  });
}

async function main(count: number): Promise<void> {
  setRecording(true);
  const random = new Random({ name: "conversations", diagnostic: (text) => console.error(text) });
  const results: object[] = [];
  while (results.length < count) {
    const conversations: Conversation[] = [];
    for (let index = 0; index < Math.min(TOGETHER, count - results.length); index++) {
      conversations.push(await converse(random));
    }
    const seen = conversations.map(async ({ client, port, done }) => {
      const sent = captured(await wire(client), port);
      return { done, sent, seen: drawn(await ladder(client, { segments: "all" }), false) };
    });
    const all = await Promise.all(seen);
    // A program that is told of no network draws what follows from the calls.
    const network = process.env.NETWORK_FOLDER;
    delete process.env.NETWORK_FOLDER;
    const inferred = conversations.map(async ({ client }) => drawn(await ladder(client), true));
    for (const [index, one] of (await Promise.all(inferred)).entries()) {
      results.push({ ...all[index], drawn: one });
    }
    process.env.NETWORK_FOLDER = network;
  }
  console.log(JSON.stringify(results));
  process.exit();
}

void main(Number(process.argv[2]));
