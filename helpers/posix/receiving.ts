/**
 * Receiving: what a socket asks the system for, and what it has taken and not yet given.
 *
 * A call that wants at least so many octets of a stream (MSG_WAITALL, SO_RCVLOWAT) takes them as they come. If its
 * wait is cancelled, they are the next call's.
 *
 * @module
 */

import { type Bytes, claim, room } from "./bytes";
import type { Limit } from "./cancellation";
import { MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL } from "./constants";
import { MORE } from "./readiness";
import { AGAIN, recv, recvfrom, type SocketName } from "./system";

/**
 * What a call asks for: `length` octets at most, and `least` before it comes back. Where that is none, it comes back
 * at once, as in Python and on macOS; Linux by itself would wait for one octet, and not give it.
 */
export interface Wanted {
  length: number;
  least: number;
  flags: number;
}

/** What one socket receives. The results are numbers of octets, or octets; `-errno`; or MORE, when some have come. */
export class Receiving {
  readonly #isStream: boolean;
  /** SO_RCVLOWAT, in octets: the system heeds it only in a call that blocks. */
  least = 1;
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  /** An error that came after a part of what was wanted: the next call's. */
  #failure = 0;

  constructor(isStream: boolean) {
    this.#isStream = isStream;
  }

  /** What a call asks for, so long as its limit allows it to wait. */
  wanted(length: number, flags: number, limit: Limit): Wanted {
    if (!this.#isStream) return { length, flags, least: 1 };
    const all = flags & MSG_WAITALL ? length : this.least;
    const least = limit.timeout === 0 || flags & MSG_OOB ? 1 : all;
    return { length, flags, least: Math.min(length, least) };
  }

  /** How many octets have been taken from the system and not yet been given. */
  get gathered(): number {
    return this.#gathered;
  }

  /** Receives new octets, and into `sender` the address that they came from, where the system gives one. */
  receive(fd: number, wanted: Wanted, sender?: SocketName): Bytes | number | typeof MORE {
    const { length, flags } = wanted;
    const into = room(length);
    // With MSG_TRUNC a stream throws octets away and writes nothing, and a datagram may be longer than its room.
    if (flags & MSG_TRUNC) into.fill(0, 0, length);
    const received = this.receiveInto(fd, into, wanted, sender);
    return typeof received === "string" || received < 0
      ? received
      : claim(into, Math.min(received, length));
  }

  /** Receives into memory that is at least as long as what is wanted. */
  receiveInto(
    fd: number,
    into: Uint8Array,
    wanted: Wanted,
    sender?: SocketName,
  ): number | typeof MORE {
    const { length, flags, least } = wanted;
    if (least === 0) return 0;
    if (least > 1 || this.#gathered > 0 || this.#failure !== 0)
      return this.#gather(fd, into, wanted);
    if (!sender) return recv(fd, into, length, flags);
    return recvfrom(fd, into, length, flags, sender.clear());
  }

  /** What there is when the time of SO_RCVTIMEO is up, if anything. */
  partial(wanted: Wanted): Bytes | undefined {
    const into = room(wanted.length);
    const received = this.partialInto(into, wanted);
    return received > 0 ? claim(into, received) : undefined;
  }

  /** Gives what has been gathered, as far as it is wanted, and returns how much that is. */
  partialInto(into: Uint8Array, { length, flags }: Wanted): number {
    let given = 0;
    for (const piece of this.#pieces) {
      const part = piece.subarray(0, length - given);
      into.set(part, given);
      given += part.byteLength;
    }
    if (!(flags & MSG_PEEK)) this.#drop(given);
    return given;
  }

  #gather(fd: number, into: Uint8Array, wanted: Wanted): number | typeof MORE {
    const { length, least } = wanted;
    if (this.#gathered < least && this.#failure === 0) {
      const missing = length - this.#gathered;
      const piece = room(missing);
      const received = recv(fd, piece, missing, wanted.flags & ~MSG_PEEK & ~MSG_WAITALL);
      if (received === AGAIN) return AGAIN;
      if (received < 0) this.#failure = received;
      if (received > 0) {
        this.#pieces.push(piece.slice(0, received));
        this.#gathered += received;
        if (this.#gathered < least) return MORE;
      }
    }
    if (this.#gathered > 0 || this.#failure === 0) return this.partialInto(into, wanted);
    const failure = this.#failure;
    this.#failure = 0;
    return failure;
  }

  #drop(octets: number): void {
    this.#gathered -= octets;
    for (let rest = octets; rest > 0; ) {
      const first = this.#pieces[0];
      if (rest < first.byteLength) this.#pieces[0] = first.subarray(rest);
      else this.#pieces.shift();
      rest -= first.byteLength;
    }
  }
}
