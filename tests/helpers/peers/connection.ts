/**
 * Sockets of ours connected with Python's, on the loopback interface, closed when their test ends.
 *
 * @module
 */
import { netstat } from "../../../helpers/netstat";
import { AF_INET, SOCK_STREAM, type Socket, socket } from "../../../helpers/socket";
import type { Python, Scope } from "./python";
import { until } from "./until";

/** A new socket of ours. */
export function fresh<Family extends number = typeof AF_INET>(
  scope: Scope,
  family: Family = AF_INET as Family,
  type: number = SOCK_STREAM,
): Socket<Family> {
  const sock = socket(family, type);
  scope.after(() => sock.close());
  return sock;
}

/** A listening socket of ours, and its port. */
export async function listen(
  scope: Scope,
  backlog = 128,
): Promise<[listening: Socket, port: number]> {
  const listening = socket();
  scope.after(() => listening.close());
  await listening.bind(["127.0.0.1", 0]);
  listening.listen(backlog);
  return [listening, portOf(listening)];
}

/** A TCP connection: the accepted end is ours, the connecting end is `name` in Python. */
export async function connection(scope: Scope, python: Python, name = "peer"): Promise<Socket> {
  const [listening, port] = await listen(scope);
  await python.run(`${name} = socket.create_connection(("127.0.0.1", ${port}))`);
  const [accepted] = await listening.accept();
  scope.after(() => accepted.close());
  listening.close();
  return accepted;
}

/** Both ends of a TCP connection, ours, the connecting one first. */
export async function pair(scope: Scope): Promise<[client: Socket, served: Socket]> {
  const [listening, port] = await listen(scope);
  const client = socket();
  scope.after(() => client.close());
  await client.connect(["127.0.0.1", port]);
  const [served] = await listening.accept();
  scope.after(() => served.close());
  listening.close();
  return [client, served];
}

/** A listening socket whose queue is full: Linux lets further connections wait. */
export async function full(scope: Scope): Promise<[listening: Socket, port: number]> {
  const [listening, port] = await listen(scope, 0);
  const filler = socket();
  scope.after(() => filler.close());
  await filler.connect(["127.0.0.1", port]);
  return [listening, port];
}

/** The local port of an IPv4 or IPv6 socket. */
export function portOf(sock: Socket<number>): number {
  return Number(sock.getsockname()[1]);
}

/**
 * Until the other end, which has closed, knows that its FIN has arrived. If this one closed earlier, its own FIN might
 * overtake the acknowledgement on a busy machine, and a reset ends TIME_WAIT then (RFC 1337).
 */
export async function untilLeft(sock: Socket): Promise<void> {
  const ports = [portOf(sock), Number(sock.getpeername()[1])] as const;
  await until(() => netstat(ports, "FIN_WAIT2").length > 0);
}

/** How many octets the system has for this end of a connection that nobody has read. */
export function unread(sock: Socket): number {
  const [local, remote] = [sock.getsockname(), sock.getpeername()].map(String);
  const rows = netstat([portOf(sock), Number(sock.getpeername()[1])]);
  return (
    rows.find((row) => `${row.local}` === local && `${row.remote}` === remote)?.receiveQueue ?? -1
  );
}
