/**
 * The packets of this network: the newest, as the process that holds it has captured them (tools/network_holder.py).
 *
 * @module
 */

"use deferred interrupts";

import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";

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

/** What has been captured until now. */
export interface Captured {
  packets: Packet[];
  /** Why there are none, or how many came too fast to be captured. */
  missing: string | undefined;
  /** What the clock of `record/clock` has to be added to for the times of segments: milliseconds. */
  clock: number;
}

/** All that has travelled on this network until now, as far as it is kept. */
export async function captured(): Promise<Captured> {
  const folder = process.env.NETWORK_FOLDER;
  if (folder === undefined) {
    const why = process.env.NETWORK_PROBLEM ?? "make doctor says why";
    return none(`this program has no network of its own (${why})`);
  }
  try {
    return read(await received(join(folder, "capture")));
  } catch (error) {
    return none(`the process that captures it has ended (${(error as Error).message})`);
  }
}

function none(why: string): Captured {
  return { packets: [], clock: 0, missing: `What travels is not seen: ${why}.` };
}

async function received(path: string): Promise<Buffer> {
  const connection = connect(path);
  const pieces: Buffer[] = [];
  connection.on("data", (piece) => pieces.push(piece));
  await once(connection, "end");
  return Buffer.concat(pieces);
}

/** Before all packets, and before the octets of each, there are so many that tell of them. */
const HEAD = 16;
const PACKET_HEAD = 16;

function read(octets: Buffer): Captured {
  const packets: Packet[] = [];
  let number = octets.readUInt32BE(0);
  for (let at = HEAD; at < octets.length; ) {
    const start = at + PACKET_HEAD;
    const end = start + octets.readUInt32BE(at + 12);
    packets.push({
      number: ++number,
      time: octets.readBigUInt64BE(at),
      length: octets.readUInt32BE(at + 8),
      octets: octets.subarray(start, end),
    });
    at = end;
  }
  const missed = octets.readUInt32BE(4);
  const missing = missed > 0 ? `${missed} packets came too fast to be captured.` : undefined;
  return { packets, missing, clock: Number(octets.readBigUInt64BE(8) / 1000n) / 1000 };
}
