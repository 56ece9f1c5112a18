/**
 * Connecting: an attempt that the system goes on with by itself.
 *
 * @module
 */

"use deferred interrupts";

import { SO_ERROR, SOL_SOCKET } from "./constants";
import { isDarwin } from "./platform";
import * as system from "./system";

const { AGAIN, errno } = system;

/** One attempt to connect to an address. */
export class Connecting {
  readonly #sockaddr: Uint8Array;
  #isInProgress = false;
  #unfinished = -errno.EINPROGRESS;

  constructor(sockaddr: Uint8Array) {
    this.#sockaddr = sockaddr;
  }

  /** Whether the system has begun with it, and could not say at once how it ends. */
  get isInProgress(): boolean {
    return this.#isInProgress;
  }

  /** What the system has said of it: EINPROGRESS, or EALREADY where it was begun before; as `-errno`. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /**
   * Begins, or looks how far it has come: 0 when the connection stands, AGAIN, or `-errno`.
   *
   * @param waits whether the call may wait; otherwise what the system says first is the answer
   */
  attempt(fd: number, waits: boolean): number {
    if (this.#isInProgress) return this.#look(fd);
    const result = system.connect(fd, this.#sockaddr);
    this.#isInProgress = result === -errno.EINPROGRESS || result === -errno.EALREADY;
    if (!this.#isInProgress) return result;
    this.#unfinished = result;
    // On the loopback interface the connection stands by now, or has failed.
    return waits ? this.#look(fd) : AGAIN;
  }

  /**
   * Linux tells how it went when it is asked to connect once more: that it still connects (EALREADY), that it has (0),
   * or why not. macOS would begin anew after a failure, which it keeps in SO_ERROR.
   */
  #look(fd: number): number {
    const failure = isDarwin ? system.intOption(fd, SOL_SOCKET, SO_ERROR) : 0;
    if (failure !== 0) return -Math.abs(failure);
    const again = system.connect(fd, this.#sockaddr);
    if (again === -errno.EALREADY) return AGAIN;
    return again === -errno.EISCONN ? 0 : again;
  }
}
