/**
 * The segments of one connection among all that travelled, by the addresses of its two ends.
 *
 * @module
 */

"use deferred interrupts";

import { type InetAddress, printed } from "../posix/address";
import type { SocketRecord } from "../record/record";
import type { Segment } from "./segments";

/** A segment, and when it travelled on the clock of `record/clock`. */
export interface Travelled {
  time: number;
  segment: Segment;
}

/** Milliseconds by which two readings of the clock may differ that were made at the same time. */
const NEAR = 0.05;

/**
 * An address as segments have it: an IPv4 address where a socket of IPv6 has one that stands for it, and without a
 * scope.
 */
export function bare(address: string): string {
  return address.replace(/^\[::ffff:([\d.]+)\]/, "$1").replace(/%\d+\]/, "]");
}

/**
 * The segments of the connection that has these ends, from its SYN on; none where its SYN is no longer among them, or
 * has never been.
 *
 * @param taken the segments that belong to other connections; those of this one are added
 */
export function segmentsBetween(
  { client, server }: { client?: SocketRecord | undefined; server?: SocketRecord | undefined },
  all: readonly Travelled[],
  taken: Set<Segment>,
): Travelled[] {
  const opening = all.filter(({ segment }) => opens(segment) && !taken.has(segment));
  const syn = client
    ? opening.find(({ segment, time }) => hasSent(client, segment, time))
    : opening.findLast(({ segment, time }) => hasGot(server, segment, time));
  if (!syn) return [];
  taken.add(syn.segment);
  const ends = [syn.segment.from, syn.segment.to].map(printed);
  // A connection with itself has no two sides.
  if (ends[0] === ends[1]) return [];
  const isNext = ({ segment, time }: Travelled) =>
    time > syn.time &&
    opens(segment) &&
    ends.join() === [segment.from, segment.to].map(printed).join() &&
    segment.sequence !== syn.segment.sequence;
  const end = all.find(isNext)?.time ?? Number.POSITIVE_INFINITY;
  return all.filter(({ segment: { protocol, from, to }, time }) => {
    const both = [printed(from), printed(to)];
    const isOurs = ends.every((one) => both.includes(one));
    return protocol === "TCP" && isOurs && time >= syn.time && time < end;
  });
}

/** The segments of the last connection between these ends, from its SYN on. */
export function lastBetween(ends: readonly InetAddress[], all: readonly Segment[]): Segment[] {
  const names = ends.map((end) => bare(printed(end)));
  const between = all.filter(({ protocol, from, to }) => {
    const both = [printed(from), printed(to)];
    return protocol === "TCP" && names.every((one) => both.includes(one));
  });
  const syn = between.findLastIndex(opens);
  return syn < 0 ? [] : between.slice(syn);
}

/** Whether it asks for a connection, for the first time. */
function opens({ flags, marks }: Segment): boolean {
  return flags.includes("SYN") && !flags.includes("ACK") && !marks.includes("retransmission");
}

/** Whether the client's `connect` has sent this SYN. Where it failed, its own address may be unknown. */
function hasSent({ local, calls }: SocketRecord, { from, to }: Segment, time: number): boolean {
  if (local !== undefined && bare(local) !== printed(from)) return false;
  return calls.some(
    ({ name, asked, start, end = Number.POSITIVE_INFINITY }) =>
      name === "connect" &&
      start - NEAR <= time &&
      time <= end + NEAR &&
      isAt(to, String(asked), local !== undefined),
  );
}

/** Whether this is the address that was asked for, which may be a name. */
function isAt(to: InetAddress, asked: string, isKnown: boolean): boolean {
  const host = asked.slice(0, asked.lastIndexOf(":"));
  const isNumeric = /^[\d.]+$|^\[/.test(host);
  return isNumeric && !isKnown ? bare(asked) === printed(to) : asked.endsWith(`:${to[1]}`);
}

/** Whether this SYN began the connection that a server has accepted. */
function hasGot(server: SocketRecord | undefined, { from, to }: Segment, time: number): boolean {
  if (server?.local === undefined || server.remote === undefined) return false;
  const isTheirs = bare(server.remote) === printed(from) && bare(server.local) === printed(to);
  return isTheirs && time <= server.opened + NEAR;
}
