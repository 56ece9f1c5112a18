/**
 * Finds calls that repeat each other, singly or in pairs, so that the further ones are only counted.
 *
 * @module
 */

"use deferred interrupts";

import type { Call } from "./call";
import { now } from "./clock";

/** After so many equal calls in a row, or so many equal pairs of calls, further ones are only counted. */
const ENOUGH = 16;

/** A call that was made so often that further ones are only counted, and the first octets that it moves. */
interface Repeated {
  readonly call: Call;
  readonly head: Uint8Array | undefined;
}

/** What is repeated among the calls on one socket. */
export class Repetition {
  /** How many calls in a row were each as the one before, and as the one before that. */
  #equal = 0;
  #alternating = 0;
  /** The calls that are being repeated, and which of them is to come next. */
  #repeated: Repeated[] = [];
  #next = 0;

  /**
   * Counts a call that has come back, if it goes on with what has been repeated often enough. This is what happens to
   * most calls of a long conversation, hence no text is made of its octets.
   */
  counts(call: Call, moved: Uint8Array | undefined): boolean {
    const repeated = this.#repeated;
    if (repeated.length === 0) return false;
    const { call: awaited, head } = repeated[this.#next];
    const goesOn =
      call.octets === awaited.octets &&
      call.name === awaited.name &&
      call.asked === awaited.asked &&
      call.error === awaited.error &&
      call.flags === awaited.flags &&
      beginsWith(moved, head);
    if (!goesOn) {
      this.#repeated = [];
      return false;
    }
    awaited.times += 1;
    // To read the clock is the dearest part of it all: where nothing was waited for, the beginning is near enough.
    awaited.end = call.waited ? now() : call.start;
    this.#next = (this.#next + 1) % repeated.length;
    return true;
  }

  /** Sees whether the last of the calls, or the last two in turn, have been repeated often enough. */
  seek(calls: readonly Call[]): void {
    const last = calls.length - 1;
    const call = calls[last];
    this.#equal = call.equals(calls[last - 1]) ? this.#equal + 1 : 0;
    this.#alternating = call.equals(calls[last - 2]) ? this.#alternating + 1 : 0;
    if (this.#equal >= ENOUGH) this.#expect(call);
    else if (this.#alternating >= 2 * ENOUGH) this.#expect(calls[last - 1], call);
  }

  /** A call came back that was not the last to begin: whatever was repeated is at its end. */
  break(): void {
    this.#repeated = [];
    this.#equal = 0;
    this.#alternating = 0;
  }

  #expect(...calls: Call[]): void {
    this.break();
    this.#repeated = calls.map((call) => ({
      call,
      head: call.head === undefined ? undefined : Buffer.from(call.head, "latin1"),
    }));
    this.#next = 0;
  }
}

function beginsWith(octets: Uint8Array | undefined, head: Uint8Array | undefined): boolean {
  if (octets === undefined || head === undefined) return octets === head;
  for (let at = 0; at < head.length; at++) {
    if (octets[at] !== head[at]) return false;
  }
  return true;
}
