/**
 * Random sequences of calls on our sockets and on Python's: each call must give the same, or fail with the same error.
 *
 * No call waits. What the system has not carried to the other side yet, as on a busy machine, would look like a
 * difference: a sequence that differs is tried again, and counts only if it differs each time.
 *
 * @module
 */
import {
  AF_INET,
  MSG_DONTWAIT,
  MSG_PEEK,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVLOWAT,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../../helpers/socket";
import type { Python } from "../helpers/peers/python";
import type { Random } from "../helpers/peers/random";

/** One call: on which of the sockets, which, and with what. */
export type Step = readonly [on: number, call: string, ...args: number[]];

const KINDS = ["connected", "datagrams", "listening"] as const;
type Kind = (typeof KINDS)[number];

const TRIES = 4;

const CALLS: readonly ((random: Random) => [call: string, ...args: number[]])[] = [
  (random) => ["send", random.below(2000)],
  (random) => ["send", random.below(20)],
  (random) => ["recv", random.below(3000), random.below(4) === 0 ? MSG_PEEK : 0],
  (random) => ["recvfrom", 1 + random.below(3000)],
  (random) => ["recvInto", random.below(500)],
  (random) => ["shutdown", random.below(4)],
  (random) => ["listen", random.below(5)],
  () => ["accept"],
  () => ["getpeername"],
  () => ["close"],
  (random) => ["getsockopt", [SO_TYPE, SO_KEEPALIVE, SO_RCVLOWAT, SO_REUSEADDR][random.below(4)]],
  (random) => [
    "setsockopt",
    [SO_KEEPALIVE, SO_BROADCAST, SO_REUSEADDR][random.below(3)],
    random.below(2),
  ],
  () => ["linger"],
  (random) => ["connect", random.below(2)],
  (random) => ["sendto", random.below(100)],
  () => ["bind"],
];

export function sequence(random: Random): { kind: Kind; steps: Step[] } {
  const kind = KINDS[random.below(KINDS.length)];
  const steps = Array.from(
    { length: 1 + random.below(12) },
    (): Step => [random.below(2), ...CALLS[random.below(CALLS.length)](random)],
  );
  return { kind, steps };
}

/** Two sockets of a kind. */
async function make(kind: Kind): Promise<[Socket, Socket]> {
  const first = socket(AF_INET, kind === "datagrams" ? SOCK_DGRAM : SOCK_STREAM);
  await first.bind(["127.0.0.1", 0]);
  if (kind === "datagrams") {
    const second = socket(AF_INET, SOCK_DGRAM);
    await second.bind(["127.0.0.1", 0]);
    await first.connect(second.getsockname());
    await second.connect(first.getsockname());
    return [first, second];
  }
  first.listen(4);
  const second = socket();
  await second.connect(first.getsockname());
  if (kind === "listening") return [first, second];
  const [served] = await first.accept();
  first.close();
  return [served, second];
}

async function call(sock: Socket, [, name, ...args]: Step): Promise<unknown> {
  const octets = (length: number) => Buffer.alloc(length, "x");
  const now = { timeout: 0 };
  switch (name) {
    case "send":
      return sock.send(octets(args[0]), MSG_DONTWAIT);
    case "recv":
      return (await sock.recv(args[0], args[1] | MSG_DONTWAIT)).length;
    case "recvfrom":
      return (await sock.recvfrom(args[0], MSG_DONTWAIT))[0].length;
    case "recvInto":
      return sock.recvInto(Buffer.alloc(args[0] + 1), args[0], MSG_DONTWAIT);
    case "accept": {
      const [connection] = await sock.accept(now);
      connection.close();
      return "a connection";
    }
    case "getpeername":
      return sock.getpeername()[0];
    case "getsockopt":
      return sock.getsockopt(SOL_SOCKET, args[0]);
    case "setsockopt":
      return sock.setsockopt(SOL_SOCKET, args[0], args[1]);
    case "linger":
      return sock.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    case "connect":
      // Nobody listens at the discard port; the other is the socket's own.
      return sock.connect(args[0] === 0 ? ["127.0.0.1", 9] : sock.getsockname(), now);
    case "sendto":
      return sock.sendto(octets(args[0]), MSG_DONTWAIT, ["127.0.0.1", 9]);
    case "bind":
      return sock.bind(["127.0.0.1", 0]);
    default:
      return Reflect.apply(Reflect.get(sock, name), sock, args);
  }
}

async function ours(kind: Kind, steps: readonly Step[]): Promise<string[]> {
  const socks = await make(kind);
  const outcomes: string[] = [];
  for (const step of steps) {
    try {
      const result = (await call(socks[step[0]], step)) ?? "done";
      outcomes.push(String(result));
    } catch (error) {
      outcomes.push(`errno ${-((error as NodeJS.ErrnoException).errno ?? Number.NaN)}`);
    }
  }
  for (const sock of socks) sock.close();
  return outcomes;
}

/** The same in Python: non-blocking sockets, as each of our calls here is one that must not wait. */
export const IN_PYTHON = `
  def make(kind):
      first = socket.socket(type=socket.SOCK_DGRAM if kind == "datagrams" else socket.SOCK_STREAM)
      first.bind(("127.0.0.1", 0))
      if kind == "datagrams":
          second = socket.socket(type=socket.SOCK_DGRAM)
          second.bind(("127.0.0.1", 0))
          first.connect(second.getsockname())
          second.connect(first.getsockname())
          return first, second
      first.listen(4)
      second = socket.socket()
      second.connect(first.getsockname())
      if kind == "listening":
          return first, second
      served = first.accept()[0]
      first.close()
      return served, second

  def call(sock, name, *args):
      if name == "send":
          return sock.send(b"x" * args[0])
      if name == "recv":
          return len(sock.recv(*args))
      if name == "recvfrom":
          return len(sock.recvfrom(args[0])[0])
      if name == "recvInto":
          # Python takes 0 for the length of the buffer, as we do.
          return sock.recv_into(bytearray(args[0] + 1), args[0])
      if name == "accept":
          sock.accept()[0].close()
          return "a connection"
      if name == "getpeername":
          return sock.getpeername()[0]
      if name == "getsockopt":
          return sock.getsockopt(socket.SOL_SOCKET, args[0])
      if name == "setsockopt":
          return sock.setsockopt(socket.SOL_SOCKET, args[0], args[1])
      if name == "linger":
          return sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
      if name == "connect":
          return sock.connect(("127.0.0.1", 9) if args[0] == 0 else sock.getsockname())
      if name == "sendto":
          return sock.sendto(b"x" * args[0], ("127.0.0.1", 9))
      if name == "bind":
          return sock.bind(("127.0.0.1", 0))
      return getattr(sock, name)(*args)

  def theirs(kind, steps):
      socks = make(kind)
      for sock in socks:
          sock.setblocking(False)
      outcomes = []
      for on, name, *args in steps:
          try:
              result = call(socks[on], name, *args)
              outcomes.append("done" if result is None else str(result))
          except OSError as error:
              outcomes.append(f"errno {error.errno}")
      for sock in socks:
          sock.close()
      return outcomes
`;

/** Python's recv of no octets does not look whether the socket is closed; ours says EBADF. */
function isKnown([, name, length]: Step, here: string, there: string): boolean {
  return name === "recv" && length === 0 && here === "errno 9" && there === "0";
}

/** The first difference of a sequence, after it has differed each time that it was tried; undefined if there is none. */
export async function difference(
  python: Python,
  { kind, steps }: { kind: Kind; steps: Step[] },
): Promise<string | undefined> {
  for (let tried = 1; ; tried++) {
    const theirs = await python.run<string[]>(`theirs(*${JSON.stringify([kind, steps])})`);
    const outcomes = await ours(kind, steps);
    const at = outcomes.findIndex(
      (outcome, index) =>
        outcome !== theirs[index] && !isKnown(steps[index], outcome, theirs[index]),
    );
    if (at < 0) return undefined;
    if (tried < TRIES) continue;
    const before = JSON.stringify(steps.slice(0, at + 1));
    return `${kind} ${before}: ${outcomes[at]}, and in Python ${theirs[at]}`;
  }
}
