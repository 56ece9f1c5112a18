/**
 * Sending: what a call has the system take.
 *
 * @module
 */

"use deferred interrupts";

import { unmoved } from "./bytes";
import { MORE } from "./readiness";
import { AGAIN, send, sendto } from "./system";

/** The octets of one call, of which the system may take a part at a time. */
export class Outgoing {
  #taken = 0;
  readonly #size: number;

  constructor(
    readonly octets: Uint8Array,
    readonly flags: number,
    /** Whether the call goes on until everything is taken. */
    readonly whole: boolean,
    /** Where to, if not to where the socket is connected. */
    readonly sockaddr?: Uint8Array,
  ) {
    this.#size = octets.byteLength;
  }

  /** The number of octets that have been taken, if any. */
  get part(): number | undefined {
    return this.#taken || undefined;
  }

  /** Has the system take what it will: the number of octets taken by now, MORE where that is not all, or `-errno`. */
  send(fd: number): number | typeof MORE {
    const octets = unmoved(this.octets, this.#size);
    const left = this.#taken === 0 ? octets : octets.subarray(this.#taken);
    const taken = this.sockaddr
      ? sendto(fd, left, left.byteLength, this.flags, this.sockaddr)
      : send(fd, left, left.byteLength, this.flags);
    if (taken < 0) return taken;
    this.#taken += taken;
    return this.whole && this.#taken < this.#size ? MORE : this.#taken;
  }
}

/** What one socket sends. */
export class Sending {
  /** An error that came after a part had been taken, for which there was no other place: the next call's. */
  #failure = 0;

  /** As Outgoing's `send`; an error that comes after a part has been taken is kept for the next call. */
  send(fd: number, outgoing: Outgoing): number | typeof MORE {
    const taken = this.sendall(fd, outgoing);
    if (taken === MORE || taken >= 0 || taken === AGAIN) return taken;
    if (outgoing.part === undefined) return taken;
    this.#failure = taken;
    return outgoing.part;
  }

  /** As Outgoing's `send`; an error comes at once, however much has been taken. */
  sendall(fd: number, outgoing: Outgoing): number | typeof MORE {
    const failure = this.#failure;
    this.#failure = 0;
    return failure === 0 ? outgoing.send(fd) : failure;
  }
}
