/**
 * The descriptor of a socket: only one that this module has opened, and closed once.
 *
 * A number that came from elsewhere could be a file's or Node's own, and whoever closed or watched it by mistake would
 * end the process.
 *
 * @module
 */

"use deferred interrupts";

import { IPPROTO_TCP, SO_LINGER, SOL_SOCKET, TCP_INFO } from "./constants";
import { encodeOption, linger } from "./options";
import * as system from "./system";
import { closedError, systemError } from "./system-error";
import { STATES } from "./tcp-states";

const OPENED_HERE = Symbol("opened here");

/** The SO_LINGER that has a socket closed by a reset. */
const BY_RESET = encodeOption({ l_onoff: 1, l_linger: 0 });

/** The descriptor of one socket. */
export class Descriptor {
  #fd: number;
  #isOwned = false;

  /** @see Descriptor.open */
  constructor(fd: number, proof: typeof OPENED_HERE) {
    if (proof !== OPENED_HERE) throw new TypeError("a descriptor is one that was opened here");
    this.#fd = fd;
  }

  /** @throws SystemError as socket(2) */
  static open(family: number, type: number, proto: number): Descriptor {
    const fd = system.socket(family, type, proto);
    if (fd < 0) throw systemError(fd, "socket");
    return new Descriptor(fd, OPENED_HERE);
  }

  /**
   * The socket that another process has made and has under this number.
   *
   * @throws SystemError as pidfd_getfd(2)
   */
  static take(process: number, fd: number): Descriptor {
    const taken = system.socketOf(process, fd);
    if (taken < 0) throw systemError(taken, "pidfd_getfd");
    return new Descriptor(taken, OPENED_HERE);
  }

  /**
   * A descriptor for the one socket that is to own it.
   *
   * @throws TypeError for what is no descriptor, or one that another socket owns
   */
  static own(descriptor: Descriptor): Descriptor {
    if (typeof descriptor !== "object" || !(#fd in descriptor) || descriptor.#isOwned) {
      throw new TypeError("a socket needs a descriptor of its own, which was opened here");
    }
    descriptor.#isOwned = true;
    return descriptor;
  }

  /** The number, -1 once it is closed. */
  get fd(): number {
    return this.#fd;
  }

  /** @throws SystemError EBADF, for `syscall`, once it is closed */
  require(syscall: string): number {
    if (this.#fd < 0) throw closedError(syscall, "the socket is closed");
    return this.#fd;
  }

  /** The descriptor of a connection that waits to be accepted, or `-errno`; `peer` gets the address of its other side. */
  accept(peer: system.SocketName): Descriptor | number {
    const fd = system.accept(this.#fd, peer);
    return fd < 0 ? fd : new Descriptor(fd, OPENED_HERE);
  }

  /** Has the other side get a reset when this is closed. */
  resetAtClose(): void {
    system.setsockopt(this.#fd, SOL_SOCKET, SO_LINGER, BY_RESET);
  }

  /** Whether SO_LINGER has it closed by a reset; an accepted socket has it from the listening one. */
  get resetsAtClose(): boolean {
    const octets = new Uint8Array(BY_RESET.byteLength);
    if (system.getsockopt(this.#fd, SOL_SOCKET, SO_LINGER, octets) < 0) return false;
    const { l_onoff, l_linger } = linger(octets);
    return l_onoff !== 0 && l_linger === 0;
  }

  /** Whether it has no connection, or no longer has one. Only Linux tells. */
  get isOver(): boolean {
    if (TCP_INFO === undefined) return false;
    const state = new Uint8Array(1); // the first field of struct tcp_info
    const length = system.getsockopt(this.#fd, IPPROTO_TCP, TCP_INFO, state);
    return length > 0 && STATES[state[0]] === "CLOSE";
  }

  /** Says at once that it is closed; the function that this returns gives the number back to the system, once. */
  release(): () => void {
    let fd = this.#fd;
    this.#fd = -1;
    return () => {
      if (fd >= 0) system.close(fd);
      fd = -1;
    };
  }
}
