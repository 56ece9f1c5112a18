/**
 * From packets to segments: numbers counted from the beginning of their connection, windows in octets, and names for
 * what TCP does by itself. Each connection is followed from its first packet on.
 *
 * @module
 */

"use deferred interrupts";

import { type InetAddress, printed } from "../posix/address";
import { Bytes } from "../posix/bytes";
import {
  type Decoded,
  decode,
  type Flag,
  type Fragment,
  type Icmp,
  type Tcp,
  type TcpOptions,
} from "./decode";
import type { Packet } from "./packets";

/** What a segment is, beyond what it says: names that RFC 9293, RFC 5681, RFC 1122 and RFC 1337 have for it. */
export type Mark =
  | "retransmission"
  | "duplicate ACK"
  | "delayed ACK"
  | "zero window"
  | "zero window probe"
  | "window update"
  | "keepalive probe"
  | "keepalive answer"
  | "out of order"
  | "TIME-WAIT assassination";

/** What has travelled between two sockets, or between two systems: a segment of TCP, a datagram of UDP, or ICMP. */
export interface Segment {
  /** Its number in the capture, from 1. */
  readonly number: number;
  /** When the system saw it: milliseconds since 1970, with their fractions. */
  readonly time: number;
  /** What IP carries. */
  readonly protocol: "TCP" | "UDP" | "ICMP" | "ICMPv6" | "other";
  /** The end that has sent it; the port is 0 where the protocol has none. */
  readonly from: InetAddress;
  /** The end that it is for. */
  readonly to: InetAddress;
  /** The flags of TCP, such as `["SYN", "ACK"]`. */
  readonly flags: readonly Flag[];
  /** The number of its first octet; 0 outside TCP. */
  readonly sequence: number;
  /** The same, counted from its end's SYN, which is 0. */
  readonly relativeSequence: number;
  /** The number of the octet that is expected next; 0 without the flag ACK. */
  readonly acknowledgement: number;
  /** The same, counted from the other end's SYN. */
  readonly relativeAcknowledgement: number;
  /** How many octets more its end would take, as far as the handshake was seen, which tells the unit. */
  readonly window: number;
  /** How many octets of data it carries. */
  readonly length: number;
  /** The options of TCP that it has. */
  readonly options: TcpOptions;
  /** The first of these octets. */
  readonly octets: Bytes;
  /** What it is known to be, mostly nothing. */
  readonly marks: readonly Mark[];
  /** What a message of ICMP says; empty for another protocol. */
  readonly message: string;
  /** Of an error of ICMP: the segment that it is about. */
  readonly about: Segment | undefined;
  /** Which part of a packet it is, where IP has cut that; `length` is the part's. Later ones have the ports of the first. */
  readonly fragment: Fragment | undefined;
}

/** Milliseconds after which an acknowledgement is called delayed; Linux delays by 40 and more. */
const DELAYED = 30;

/** What is said of a fragment without a head that carries UDP. */
const UDP = "protocol 17";

/** One end of a connection, by what it has sent. */
interface End {
  /** The number of its SYN, or the first that was seen. */
  first: number;
  /** The number behind all that it has sent. */
  next: number;
  /** When the last new octet went out. */
  lastData: number;
  /** The last acknowledgement and window. */
  acknowledged: number | undefined;
  window: number | undefined;
  scale: number | undefined;
  /** Whether its last segment was a keepalive probe. */
  probes: boolean;
  /** Whether it has sent its FIN. */
  isDone: boolean;
}

/** The segments in these packets, in their order. */
export function segmentsOf(packets: readonly Packet[]): Segment[] {
  const ends = new Map<string, End>();
  const heads = new Map<string, Segment>();
  return packets.flatMap(({ number, time, length, octets }) => {
    const decoded = decode(octets, length);
    if (!decoded) return [];
    const segment = ofItsHead(plain(decoded, number, Number(time / 1000n) / 1000), heads);
    return [decoded.carried?.protocol === "TCP" ? followed(segment, ends) : segment];
  });
}

function plain(decoded: Decoded, number: number, time: number): Segment {
  const { carried, length, data } = decoded;
  const ports = carried !== undefined && "ports" in carried ? carried.ports : [0, 0];
  const tcp: Partial<Tcp> = carried?.protocol === "TCP" ? carried : {};
  const icmp: Partial<Icmp> = carried !== undefined && "message" in carried ? carried : {};
  const other = `protocol ${decoded.protocolNumber}`;
  return {
    number,
    time,
    protocol: carried?.protocol ?? "other",
    from: [decoded.from, ports[0]],
    to: [decoded.to, ports[1]],
    flags: tcp.flags ?? [],
    sequence: tcp.sequence ?? 0,
    relativeSequence: 0,
    acknowledgement: tcp.flags?.includes("ACK") ? (tcp.acknowledgement ?? 0) : 0,
    relativeAcknowledgement: 0,
    window: tcp.window ?? 0,
    length,
    options: tcp.options ?? {},
    octets: Bytes.concat([data]),
    marks: [],
    message: icmp.message ?? (carried ? "" : other),
    about: icmp.about && plain(icmp.about, number, time),
    fragment: decoded.fragment,
  };
}

/** A fragment with the protocol and the ports of its packet's first one, where that is a datagram which has been seen. */
function ofItsHead(segment: Segment, heads: Map<string, Segment>): Segment {
  const { fragment, from, to, message } = segment;
  if (!fragment) return segment;
  const key = [from[0], to[0], fragment.identification].join(" ");
  if (fragment.offset === 0) heads.set(key, segment);
  const head = heads.get(key);
  if (fragment.offset === 0 || head?.protocol !== "UDP" || message !== UDP) return segment;
  return { ...segment, protocol: "UDP", from: head.from, to: head.to, message: "" };
}

/** How much a number of a sequence is beyond another: they begin anew after 2 ** 32 (RFC 9293, section 3.4). */
function beyond(one: number, other: number): number {
  return (one - other) | 0;
}

/** The segment with its place in its connection; notes what it changes there. */
function followed(segment: Segment, ends: Map<string, End>): Segment {
  const { flags, sequence, acknowledgement, length, options, time } = segment;
  const has = (flag: Flag) => flags.includes(flag);
  const way = (from: InetAddress, to: InetAddress) => `${printed(from)} ${printed(to)}`;
  const [here, back] = [way(segment.from, segment.to), way(segment.to, segment.from)];
  const size = length + (has("SYN") ? 1 : 0) + (has("FIN") ? 1 : 0);
  const isNew = has("SYN") && !has("ACK") && ends.get(here)?.first !== sequence;
  if (isNew) {
    ends.delete(here);
    ends.delete(back);
  }
  const before = ends.get(here);
  const end: End = before ?? {
    first: sequence,
    next: sequence,
    lastData: time,
    acknowledged: undefined,
    window: undefined,
    scale: undefined,
    probes: false,
    isDone: false,
  };
  ends.set(here, end);
  const other = ends.get(back);
  if (has("SYN")) end.scale = options.windowScale;
  const shift = !has("SYN") && other?.scale !== undefined ? (end.scale ?? 0) : 0;
  const placed: Segment = {
    ...segment,
    relativeSequence: (sequence - end.first) >>> 0,
    relativeAcknowledgement: has("ACK") && other ? (acknowledgement - other.first) >>> 0 : 0,
    window: segment.window * 2 ** shift,
  };
  const marks = before ? marksOf(placed, size, end, other) : windowMark(placed);
  if (size > 0 && beyond(sequence + size, end.next) > 0) {
    end.next = (sequence + size) >>> 0;
    end.lastData = time;
  }
  if (has("ACK")) end.acknowledged = acknowledgement;
  end.window = placed.window;
  end.probes = marks.includes("keepalive probe");
  end.isDone ||= has("FIN");
  return { ...placed, marks };
}

function windowMark({ window, flags }: Segment): Mark[] {
  return window === 0 && !flags.includes("RST") ? ["zero window"] : [];
}

/** What a segment is called by what its two ends have sent before. */
function marksOf(segment: Segment, size: number, end: End, other: End | undefined): Mark[] {
  const { flags, sequence, acknowledgement, length, window, time } = segment;
  const isOver = end.isDone && other?.isDone;
  if (flags.includes("RST"))
    return isOver && areAcknowledged(end, other) ? ["TIME-WAIT assassination"] : [];
  const marks = windowMark(segment);
  const isAckOnly = flags.length === 1 && flags[0] === "ACK";
  // An acknowledgement that its end's own FIN has overtaken, and what TIME_WAIT answers to it (RFC 9293, section 3.10.7.4).
  if (isAckOnly && isOver) return beyond(sequence, end.next) < 0 ? ["out of order"] : [];
  // One octet before what comes next: asks for an acknowledgement (RFC 9293, sections 3.8.4 and 3.8.6.1).
  const isProbe = isAckOnly && length <= 1 && beyond(sequence, end.next) === -1;
  if (isProbe) return [...marks, other?.window === 0 ? "zero window probe" : "keepalive probe"];
  if (size > 0) {
    if (beyond(sequence, end.next) < 0) marks.push("retransmission");
    return marks;
  }
  if (!isAckOnly || !other) return marks;
  if (acknowledgement === end.acknowledged) {
    if (other.probes && acknowledgement === other.next) marks.push("keepalive answer");
    else if (window !== end.window) marks.push(...(window > 0 ? (["window update"] as const) : []));
    else if (beyond(other.next, acknowledgement) > 0) marks.push("duplicate ACK");
  } else if (acknowledgement === other.next && time - other.lastData >= DELAYED) {
    marks.push("delayed ACK");
  }
  return marks;
}

/** Whether each of the two has acknowledged all that the other has sent. */
function areAcknowledged(one: End, other: End): boolean {
  return one.acknowledged === other.next && other.acknowledged === one.next;
}
