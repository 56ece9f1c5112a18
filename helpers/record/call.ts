/**
 * One call on a socket, as it is recorded.
 *
 * @module
 */

"use deferred interrupts";

import { currentCell } from "../../interface/cell";
import { now } from "./clock";

/** How many octets of what a call moved are kept. */
const HEAD = 24;

/** One call on a socket. */
export class Call {
  /** When it came back; undefined while it waits. */
  end: number | undefined;
  /** Whether it had to wait for the other side or for the system. */
  waited = false;
  /** The octets that it has taken or given. */
  octets: number | undefined;
  /** The first of these octets, one character for each. */
  head: string | undefined;
  /** MSG_PEEK and the like. */
  flags = 0;
  /** The code of the error that it threw, or the name of what ended its wait. */
  error: string | undefined;
  /** The number of the socket that `accept` gave, and the address of its other end. */
  accepted: number | undefined;
  peer: string | undefined;
  /** How many equal calls this one stands for; it began with the first of them, and came back with the last. */
  times = 1;
  /** The cell that made it, by the number in its brackets; undefined where no cell has. */
  readonly cell = currentCell()?.executionCount;
  constructor(
    /** The method: "recv". */
    readonly name: string,
    /** What it was asked: octets wanted or to be sent, an address. */
    readonly asked: number | string | undefined,
    /** While it waits, how many octets it has moved by now. */
    public progress?: (() => number | undefined) | undefined,
    readonly start = now(),
  ) {}

  /** Whether the other did the same, and with the same result. */
  equals(other: Call | undefined): boolean {
    return (
      other !== undefined &&
      this.octets === other.octets &&
      this.name === other.name &&
      this.asked === other.asked &&
      this.head === other.head &&
      this.error === other.error &&
      this.flags === other.flags &&
      this.name !== "accept"
    );
  }

  /** Keeps the first of the octets that were moved. */
  keepHead(of: Uint8Array): void {
    const length = Math.min(this.octets ?? 0, HEAD, of.byteLength);
    this.head = Reflect.apply(latin1Slice, of, [0, length]);
  }
}

const { latin1Slice } = Buffer.prototype;
