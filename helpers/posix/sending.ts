/**
 * Sending: what a call has the system take.
 *
 * @module
 */

import { unmoved } from "./bytes";
import { MORE } from "./readiness";
import { send } from "./system";

/** The octets of one call, of which the system may take a part at a time. */
export class Outgoing {
  #sent = 0;
  readonly #size: number;

  constructor(
    readonly octets: Uint8Array,
    readonly flags: number,
    /** Whether the call goes on until everything is taken. */
    readonly whole: boolean,
  ) {
    this.#size = octets.byteLength;
  }

  /** The number of octets that have been taken, if any. */
  get part(): number | undefined {
    return this.#sent || undefined;
  }

  /** Has the system take what it will: the number of octets taken by now, MORE where that is not all, or `-errno`. */
  send(fd: number): number | typeof MORE {
    const octets = unmoved(this.octets, this.#size);
    const left = this.#sent === 0 ? octets : octets.subarray(this.#sent);
    const taken = send(fd, left, left.byteLength, this.flags);
    if (taken < 0) return taken;
    this.#sent += taken;
    return this.whole && this.#sent < this.#size ? MORE : this.#sent;
  }
}
