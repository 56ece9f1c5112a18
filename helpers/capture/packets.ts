/**
 * The newest packets of a capture, as they were on the wire: so many, and the first octets of each.
 *
 * @module
 */

"use deferred interrupts";

/** How many packets are kept, and how many octets of each. */
export const MOST_PACKETS = 10_000;
export const MOST_OCTETS = 96;

/** An IP packet. */
export interface Packet {
  /** Its number in the capture, from 1. */
  number: number;
  /** When the system saw it: nanoseconds since 1970. */
  time: bigint;
  /** How many octets it has, of which these are the first. */
  length: number;
  octets: Uint8Array;
}

/** The newest packets of a network, and how many could not be taken because they came too fast. */
export interface Captured {
  packets: Packet[];
  missed: number;
}

/** What lies before the octets of a packet in memory, and where a capture is handed to another program. */
const HEAD = 16;
const HANDED = 8;
const SLOT = HEAD + MOST_OCTETS;

/** The packets that were seen, the oldest given up for the newest. */
export class Packets {
  readonly #octets = new Uint8Array(MOST_PACKETS * SLOT);
  readonly #view = new DataView(this.#octets.buffer);
  /** How many have been seen, also those that are given up. */
  count = 0;

  add(time: bigint, length: number, octets: Uint8Array): void {
    const at = (this.count % MOST_PACKETS) * SLOT;
    const kept = octets.byteLength > MOST_OCTETS ? octets.subarray(0, MOST_OCTETS) : octets;
    this.#view.setBigUint64(at, time);
    this.#view.setUint32(at + 8, length);
    this.#view.setUint32(at + 12, kept.byteLength);
    this.#octets.set(kept, at + HEAD);
    this.count += 1;
  }

  /** What this holds, for `capturedIn`; so many packets have passed that could not be taken. */
  written(missed: number): Uint8Array {
    const oldest = Math.max(0, this.count - MOST_PACKETS);
    const split = (oldest % MOST_PACKETS) * SLOT;
    const end = Math.min(this.count, MOST_PACKETS) * SLOT;
    const head = new DataView(new ArrayBuffer(HANDED));
    head.setUint32(0, oldest);
    head.setUint32(4, missed);
    const first = new Uint8Array(head.buffer);
    return Buffer.concat([
      first,
      this.#octets.subarray(split, end),
      this.#octets.subarray(0, split),
    ]);
  }
}

/** What `written` has given. */
export function capturedIn(written: Uint8Array): Captured {
  if (written.byteLength < HANDED) return { packets: [], missed: 0 };
  const view = new DataView(written.buffer, written.byteOffset, written.byteLength);
  const packets: Packet[] = [];
  let number = view.getUint32(0);
  for (let at = HANDED; at + SLOT <= written.byteLength; at += SLOT) {
    const octets = at + HEAD;
    packets.push({
      number: ++number,
      time: view.getBigUint64(at),
      length: view.getUint32(at + 8),
      octets: Uint8Array.from(written.subarray(octets, octets + view.getUint32(at + 12))),
    });
  }
  return { packets, missed: view.getUint32(4) };
}
