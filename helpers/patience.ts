/**
 * Connecting to a server that may start later, as where the notebooks of a pair are run in any order.
 *
 * @module
 */

import { setTimeout } from "node:timers/promises";
import { currentCell } from "../interface/cell";
import type { InetAddress } from "./address";
import { AF_INET, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from "./constants";
import { isSystemError } from "./errors";
import { Socket } from "./socket-class";

/** Milliseconds from one attempt to the next. */
const PAUSE = 100;

/**
 * A new socket, connected to the server at `address`. While nobody listens there it tries again, for so many seconds,
 * with another socket each time: POSIX leaves open what one whose `connect` has failed is still good for.
 *
 * Beware: it hides that a server is missing. Use it only where one is about to start.
 *
 * @throws SystemError ECONNREFUSED when the time is up, and what else `connect` throws at once
 *
 * @example
 * const sock = await connectWithin(30, ["localhost", 10000]);
 */
export async function connectWithin(seconds: number, address: InetAddress): Promise<Socket> {
  const end = performance.now() + seconds * 1000;
  while (true) {
    const sock = new Socket(AF_INET, SOCK_STREAM, 0);
    try {
      await sock.connect(address);
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
    await setTimeout(PAUSE, undefined, { signal: currentCell()?.signal });
  }
}

/**
 * Whether the system has happened to give the socket the very port that it connects to, and so joined its two ends:
 * RFC 9293, section 3.5, a simultaneous open with itself.
 */
function isItsOwnPeer(sock: Socket): boolean {
  return String(sock.getsockname()) === String(sock.getpeername());
}
