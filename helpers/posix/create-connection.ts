/**
 * A client's or a server's socket by one call, with the meaning of Python's `create_connection` and `create_server`.
 *
 * @module
 */

"use deferred interrupts";

import { type Address, noAddress } from "./address";
import { checkOptions } from "./arguments";
import { limitOf, type WaitOptions } from "./cancellation";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
  SOMAXCONN,
} from "./constants";
import { allFailed } from "./failed-attempts";
import { interruptHeard, isInterrupted } from "./fairness";
import { getaddrinfo } from "./resolver";
import { Socket } from "./socket-class";
import { isSystemError, type SystemError } from "./system-error";

/** The family of a socket of the Internet: AF_INET or AF_INET6. */
export type InternetFamily = typeof AF_INET | typeof AF_INET6;

/** What `createConnection` may be told. */
export interface ConnectionOptions extends WaitOptions {
  /** The address that the new socket gets before it connects: of a certain interface, or with a certain port. */
  sourceAddress?: Address | undefined;
}

/**
 * Connects to a TCP service: looks the host up and tries each of its addresses in turn, until one answers. The
 * timeout is that of each attempt, and of the socket afterwards.
 *
 * @param address the host null is this machine: its loopback addresses, of IPv6 and IPv4
 * @throws AggregateError of what every attempt threw, with the code of the last; an error of the resolver; the reason
 * of a signal that aborts
 *
 * @example
 * const sock = await createConnection(["localhost", 10000], { timeout: 5 });
 */
export async function createConnection(
  address: readonly [host: string | null, port: number | string],
  options: ConnectionOptions = {},
): Promise<Socket<InternetFamily>> {
  checkAddress(address);
  if (isInterrupted()) await interruptHeard();
  limitOf(options);
  const { timeout, sourceAddress, signal } = options;
  const [host, port] = address;
  const errors: SystemError[] = [];
  for (const info of await getaddrinfo(host, port, { type: SOCK_STREAM, signal })) {
    let sock: Socket<InternetFamily> | undefined;
    try {
      const [family, type, proto] = info;
      sock = new Socket(family as InternetFamily, type, proto);
      if (timeout !== undefined) sock.settimeout(timeout);
      if (sourceAddress !== undefined) await sock.bind(sourceAddress);
      await sock.connect(info[4], { signal });
      return sock;
    } catch (error) {
      sock?.close();
      if (signal?.aborted || !isSystemError(error)) throw error;
      errors.push(error);
    }
  }
  throw allFailed(host, port, errors);
}

function checkAddress(address: unknown): void {
  if (!Array.isArray(address) || address.length !== 2) throw noAddress("[host, port]", address);
}

/** What `createServer` may be told. */
export interface ServerOptions<Family extends InternetFamily> {
  /** AF_INET if left out. */
  family?: Family | undefined;
  /** How many connections may wait to be accepted. */
  backlog?: number | undefined;
  /** Lets several sockets listen at the same address (SO_REUSEPORT), among which the system shares the connections. */
  reusePort?: boolean | undefined;
  /** Has a socket of AF_INET6 take connections by IPv4 too. */
  dualstackIpv6?: boolean | undefined;
}

/**
 * A TCP socket that listens at an address, with SO_REUSEADDR, so that a server can be started again at once.
 *
 * @throws SystemError EADDRINUSE and what else `bind` throws
 *
 * @example
 * const sock = await createServer(["localhost", 10000]);
 * const [connection, clientAddress] = await sock.accept();
 * clientAddress[0] // "127.0.0.1"
 */
export async function createServer<Family extends InternetFamily = typeof AF_INET>(
  address: Address,
  options: ServerOptions<Family> = {},
): Promise<Socket<Family>> {
  checkOptions(options, "{ backlog: 5 }");
  const { family = AF_INET as Family, backlog = SOMAXCONN, reusePort, dualstackIpv6 } = options;
  if (dualstackIpv6 && family !== AF_INET6) {
    throw new TypeError("only a socket of AF_INET6 can be dual-stack: set family as well");
  }
  const sock = new Socket(family, SOCK_STREAM, 0);
  try {
    sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    if (reusePort) sock.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
    if (family === AF_INET6) sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, dualstackIpv6 ? 0 : 1);
    await sock.bind(address);
    sock.listen(backlog);
    return sock;
  } catch (error) {
    sock.close();
    throw error;
  }
}
