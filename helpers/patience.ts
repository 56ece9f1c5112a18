/**
 * Waiting for a server that may start later, as where the notebooks of a pair are run in any order, and for its port.
 * A wait of more than three seconds says what it waits for, in a line that goes away.
 *
 * @module
 */

"use deferred interrupts";

import { setTimeout } from "node:timers/promises";
import { currentCell } from "../interface/cell";
import { netstat } from "./netstat";
import { type InetAddress, printed } from "./posix/address";
import { asFound } from "./posix/address-lookup";
import { milliseconds } from "./posix/cancellation";
import { AF_INET, SO_LINGER, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "./posix/constants";
import { getaddrinfo } from "./posix/resolver";
import { isSystemError } from "./posix/system-error";
import { Waiting } from "./show/waiting";
import { Socket } from "./socket";

/** Milliseconds from one attempt, or one look, to the next. */
const PAUSE = 100;

function pause(): Promise<void> {
  return setTimeout(PAUSE, undefined, { signal: currentCell()?.signal });
}

/** When so many seconds will be over, on the clock of performance.now. */
function deadline(seconds: number): number {
  return performance.now() + (milliseconds(seconds) ?? Number.POSITIVE_INFINITY);
}

/** Looks the address up, once and before the time begins: what a slow resolver takes is not the server's. */
async function lookedUp(address: InetAddress): Promise<InetAddress> {
  const [info] = await getaddrinfo(...address, { family: AF_INET, type: SOCK_STREAM });
  return info[4] as InetAddress;
}

/** The address of a server that listens at all of IPv4's. */
const ANY = "0.0.0.0";

/**
 * A new socket, connected to the server at `address`. While nobody listens there it tries again, for so many seconds,
 * with another socket each time: POSIX leaves open what one whose `connect` has failed is still good for.
 *
 * Beware: it hides that a server is missing. Use it only where one is about to start.
 *
 * @param seconds how long it tries, without the look-up of the name
 * @throws SystemError ECONNREFUSED or ETIMEDOUT when the time is up, and what else `connect` throws at once
 *
 * @example
 * const sock = await connectWithin(120, ["localhost", 10000]);
 */
export async function connectWithin(seconds: number, address: InetAddress): Promise<Socket> {
  using _waiting = new Waiting(`waiting for a server at ${printed(address)}`);
  const [host] = await lookedUp(address);
  const found = asFound(address, host);
  const end = deadline(seconds);
  while (true) {
    const sock = new Socket(AF_INET, SOCK_STREAM, 0);
    try {
      const left = Math.max(1, end - performance.now()) / 1000;
      await sock.connect(found, { timeout: Number.isFinite(left) ? left : null });
      if (!isItsOwnPeer(sock)) return sock;
      // Closed by a reset, without TIME_WAIT: that would keep the port from the server that is to come.
      sock.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    } catch (error) {
      const refused = isSystemError(error) && error.code === "ECONNREFUSED";
      if (!refused || performance.now() + PAUSE > end) {
        sock.close();
        throw error;
      }
    }
    sock.close();
    await pause();
  }
}

/**
 * Whether the system has happened to give the socket the very port that it connects to, and so joined its two ends:
 * RFC 9293, section 3.5, a simultaneous open with itself.
 */
function isItsOwnPeer(sock: Socket): boolean {
  return String(sock.getsockname()) === String(sock.getpeername());
}

/**
 * Waits until a program listens at `address`, or at all addresses with this port: for so many seconds. It looks into
 * the system's table and does not connect, so that the server's first client is whoever connects next.
 *
 * @param seconds how long it waits
 * @throws Error when the time is up; an error of the resolver
 *
 * @example
 * await listening(120, ["127.0.0.1", 50000]);
 */
export async function listening(seconds: number, address: InetAddress): Promise<void> {
  using _waiting = new Waiting(`waiting until somebody listens at ${printed(address)}`);
  const [host, port] = await lookedUp(address);
  const end = deadline(seconds);
  while (!netstat(port, "LISTEN").some(({ local }) => local[0] === host || local[0] === ANY)) {
    if (performance.now() + PAUSE > end) {
      throw new Error(`nobody listens at ${printed(address)}, waited for ${seconds} s`);
    }
    await pause();
  }
}

/**
 * Waits until a server that sets SO_REUSEADDR can bind to `address`, for so many seconds. A port from the range that
 * the system gives to clients (50000 is in it) may have been a client's by chance, and then TIME_WAIT keeps it for a
 * minute.
 *
 * @param seconds how long it waits
 * @throws SystemError EADDRINUSE when the time is up, or at once where somebody listens at that port; what else `bind`
 * throws
 *
 * @example
 * await vacant(70, ["127.0.0.1", 50000]);
 */
export async function vacant(seconds: number, address: InetAddress): Promise<void> {
  using _waiting = new Waiting(`waiting until ${printed(address)} is free`);
  const [host] = await lookedUp(address);
  const found = asFound(address, host);
  const end = deadline(seconds);
  while (true) {
    using trial = new Socket(AF_INET, SOCK_STREAM, 0);
    trial.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    try {
      return await trial.bind(found);
    } catch (error) {
      const taken = isSystemError(error) && error.code === "EADDRINUSE";
      const served = taken && netstat(address[1], "LISTEN").length > 0;
      if (!taken || served || performance.now() + PAUSE > end) throw error;
    }
    await pause();
  }
}
