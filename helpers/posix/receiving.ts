/**
 * Receiving: what a socket asks the system for, and what it has taken and not yet given.
 *
 * A call that wants at least so many octets of a stream (MSG_WAITALL, SO_RCVLOWAT) has the system tell when they are
 * all there, and leaves them there until then. Where the system cannot hold so many, or tells nothing of the kind, as
 * of a Unix-domain socket, they are gathered here as they come; if the wait is cancelled, they are the next call's.
 *
 * @module
 */

"use deferred interrupts";

import { type Bytes, claim, room } from "./bytes";
import type { Limit } from "./cancellation";
import {
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SOL_SOCKET,
} from "./constants";
import { isDarwin } from "./platform";
import { MORE } from "./readiness";
import * as system from "./system";
import { AGAIN, ENDED, INPUT, recv, recvfrom, SocketName } from "./system";

/**
 * What a call asks for: `length` octets at most, and `least` before it comes back. Where that is none, it comes back
 * at once, as in Python and on macOS; Linux by itself would wait for one octet, and not give it.
 */
export interface Wanted {
  length: number;
  least: number;
  flags: number;
  /** Whether the call waits for what is not there. */
  waits: boolean;
}

/** A call for more than this has no memory of that size kept for it before it is known how much there is. */
const MUCH = 2 ** 20;

/** What one socket receives. The results are numbers of octets, or octets; `-errno`; or MORE, when some have come. */
export class Receiving {
  readonly #isStream: boolean;
  readonly #isLocal: boolean;
  /** SO_RCVLOWAT, in octets, as the program has set it. */
  least = 1;
  /** The same, as the system has it by now. */
  #lowat = 1;
  /** Whether SHUT_RD has ended it: what would wait then comes back at once. */
  isShut = false;
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  /** Where the first of what has been gathered came from. */
  #origin: SocketName | undefined;
  /** An error that came after a part of what was wanted: the next call's. */
  #failure = 0;

  /** @param isLocal whether it is a Unix-domain socket */
  constructor(isStream: boolean, isLocal: boolean) {
    this.#isStream = isStream;
    this.#isLocal = isLocal;
  }

  /**
   * What a call asks for.
   *
   * @param asksFrom whether it wants the sender as well: such a call asks the system even for no octets of a datagram
   */
  wanted(length: number, flags: number, { timeout }: Limit, asksFrom = false): Wanted {
    const waits = timeout !== 0;
    if (!this.#isStream) return { length, flags, waits, least: asksFrom ? 1 : Math.min(length, 1) };
    // To look at what there is in a Unix-domain socket never waits for more.
    const atOnce = !waits || flags & MSG_OOB || (this.#isLocal && flags & MSG_PEEK);
    const least = atOnce ? 1 : flags & MSG_WAITALL ? length : this.least;
    return { length, flags, waits, least: Math.min(length, least) };
  }

  /** How many octets have been taken from the system and not yet been given. */
  get gathered(): number {
    return this.#gathered;
  }

  /** Takes back octets that a call had received and could not use: the next call's, before all else. */
  giveBack(octets: Uint8Array): void {
    if (octets.byteLength === 0) return;
    this.#pieces.unshift(octets);
    this.#gathered += octets.byteLength;
  }

  /** Notes that the program has set SO_RCVLOWAT. */
  heedLowat(fd: number): void {
    this.least = this.#lowat = Math.max(1, system.intOption(fd, SOL_SOCKET, SO_RCVLOWAT));
  }

  /** Has the system know the program's SO_RCVLOWAT again, which a call that waits may have changed. */
  restoreLowat(fd: number): void {
    if (this.#lowat !== this.least) this.#setLowat(fd, this.least);
  }

  /** Has what the listening socket has, as the system sees to it. */
  inherit(listening: Receiving): void {
    this.least = listening.least;
    this.#lowat = listening.#lowat;
  }

  /** Receives new octets, and into `sender` the address that they came from, where the system gives one. */
  receive(fd: number, wanted: Wanted, sender?: SocketName): Bytes | number | typeof MORE {
    const { length, least, flags } = wanted;
    const there = length > MUCH && least <= 1 ? Math.max(MUCH, system.unread(fd)) : length;
    const most = Math.min(length, there);
    const into = room(most);
    const received = this.receiveInto(fd, into, { ...wanted, length: most }, sender);
    if (typeof received === "string" || received < 0) return received;
    // A datagram may be longer than its room.
    const given = Math.min(received, most);
    this.#blank(into, given, flags);
    return claim(into, given);
  }

  /** Receives into memory that is at least as long as what is wanted. */
  receiveInto(
    fd: number,
    into: Uint8Array,
    wanted: Wanted,
    sender?: SocketName,
  ): number | typeof MORE {
    const { length, flags, least, waits } = wanted;
    if (least === 0) return 0;
    if (this.#gathered > 0 || this.#failure !== 0) return this.#gather(fd, into, wanted, sender);
    if (least > 1) {
      const there = this.#look(fd, wanted);
      if (there === "too few") return AGAIN;
      if (there === "a part") return this.#gather(fd, into, wanted, sender);
    }
    const received = sender
      ? recvfrom(fd, into, length, flags, sender)
      : recv(fd, into, length, flags);
    if (received !== AGAIN || !waits) return received;
    if (this.isShut && !this.#isStream) return 0;
    if (this.#lowat !== 1) this.#setLowat(fd, 1);
    return AGAIN;
  }

  /** What there is when the time of SO_RCVTIMEO is up, if anything. */
  partial(fd: number, wanted: Wanted, sender?: SocketName): Bytes | undefined {
    const received = this.receive(fd, { ...wanted, least: 1, waits: false }, sender);
    if (typeof received === "object") return received.length > 0 ? received : undefined;
    this.#keep(received);
    return undefined;
  }

  /** The same, into memory that is at least as long as what is wanted. */
  partialInto(fd: number, into: Uint8Array, wanted: Wanted): number | undefined {
    const received = this.receiveInto(fd, into, { ...wanted, least: 1, waits: false });
    if (typeof received === "number" && received > 0) return received;
    this.#keep(received);
    return undefined;
  }

  /** Keeps an error for the next call. */
  #keep(received: number | typeof MORE): void {
    if (typeof received === "number" && received < 0 && received !== AGAIN) {
      this.#failure = received;
    }
  }

  /** With MSG_TRUNC a stream of TCP throws octets away and writes nothing: none of what was in the memory may be seen. */
  #blank(into: Uint8Array, length: number, flags: number): void {
    if (flags & MSG_TRUNC && this.#isStream && !this.#isLocal) into.fill(0, 0, length);
  }

  /**
   * Whether as many octets are there as are wanted, or no more will come. If not, has the system tell when it is so;
   * where it says that there is something to read and it is too little, it has no room for more.
   */
  #look(fd: number, { least, flags }: Wanted): "all" | "a part" | "too few" {
    const there = system.unread(fd);
    if (there >= least) return "all";
    if (isDarwin) return "a part";
    // A socket that is none of those that have octets to read says so itself.
    if (there < 0) return "all";
    // More than this, and the system would give the socket more memory than the program has asked for.
    const holds = system.intOption(fd, SOL_SOCKET, SO_RCVBUF) / 2;
    if (least > holds || !this.#setLowat(fd, least)) return flags & MSG_PEEK ? "too few" : "a part";
    const events = system.poll(fd, INPUT | ENDED);
    if (events & ENDED || system.unread(fd) >= least) return "all";
    return events & INPUT && !(flags & MSG_PEEK) ? "a part" : "too few";
  }

  #setLowat(fd: number, least: number): boolean {
    const octets = new Uint8Array(Int32Array.of(least).buffer);
    if (system.setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, octets) < 0) return false;
    this.#lowat = least;
    return true;
  }

  #gather(
    fd: number,
    into: Uint8Array,
    wanted: Wanted,
    sender: SocketName | undefined,
  ): number | typeof MORE {
    const { length, least, flags } = wanted;
    if (this.#gathered < least && this.#failure === 0) {
      const missing = length - this.#gathered;
      const piece = room(missing);
      const plain = flags & ~MSG_PEEK & ~MSG_WAITALL;
      this.#origin ??= new SocketName();
      const received =
        this.#gathered === 0
          ? recvfrom(fd, piece, missing, plain, this.#origin)
          : recv(fd, piece, missing, plain);
      if (received === AGAIN) {
        if (this.#lowat !== 1) this.#setLowat(fd, 1);
        return AGAIN;
      }
      if (received < 0) this.#failure = received;
      if (received > 0) {
        this.#blank(piece, received, flags);
        this.#pieces.push(piece.slice(0, received));
        this.#gathered += received;
        if (this.#gathered < least) return MORE;
      }
    }
    if (this.#gathered > 0 || this.#failure === 0) return this.#give(into, wanted, sender);
    const failure = this.#failure;
    this.#failure = 0;
    return failure;
  }

  /** Gives what has been gathered, as far as it is wanted, and returns how much that is. */
  #give(into: Uint8Array, { length, flags }: Wanted, sender: SocketName | undefined): number {
    if (this.#origin) sender?.copy(this.#origin);
    let given = 0;
    for (const piece of this.#pieces) {
      const part = piece.subarray(0, length - given);
      into.set(part, given);
      given += part.byteLength;
    }
    if (!(flags & MSG_PEEK)) this.#drop(given);
    return given;
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
