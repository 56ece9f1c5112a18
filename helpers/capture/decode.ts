/**
 * What the octets of a packet mean: IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792) and
 * ICMPv6 (RFC 4443). Only the first octets of a packet are there, and where one ends too early, what is missing is left
 * out.
 *
 * @module
 */

"use deferred interrupts";

import { AF_INET, AF_INET6 } from "../posix/constants";
import { inetNtop } from "../posix/system";

/** A flag of a TCP segment (RFC 9293, section 3.1). */
export type Flag = "FIN" | "SYN" | "RST" | "PSH" | "ACK" | "URG" | "ECE" | "CWR";

/** The flags by their bits, from the lowest. */
const FLAGS: readonly Flag[] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];

/** The options of a TCP segment, those that it has. */
export interface TcpOptions {
  /** The most octets of data in one segment that this end receives (RFC 9293, section 3.7.1). */
  mss?: number;
  /** The number of bits by which this end's later windows are to be shifted (RFC 7323, section 2). */
  windowScale?: number;
  /** Whether this end understands `sack` (RFC 2018, section 2). */
  sackPermitted?: boolean;
  /** What has come out of order: the first sequence number of each block, and the one behind its last (RFC 2018). */
  sack?: [from: number, to: number][];
  /** A reading of this end's clock, and the one of the other end that it answers (RFC 7323, section 3). */
  timestamps?: [value: number, echo: number];
}

/** Which part of a packet a fragment is (RFC 791, section 3.2; RFC 8200, section 4.5). */
export interface Fragment {
  /** The number that all fragments of a packet have. */
  identification: number;
  /** Where it begins in what IP carries, the head of UDP or TCP included: octets. */
  offset: number;
  /** Whether there are fragments after it. */
  more: boolean;
}

/** What IP says of a packet. */
interface IpHeader {
  version: 4 | 6;
  from: string;
  to: string;
  /** The number of the protocol that IP carries. */
  protocol: number;
  /** Which part it is; undefined where it is all. */
  fragment: Fragment | undefined;
  /** Where IP's header ends, and where the packet does. */
  start: number;
  end: number;
}

/** What a TCP segment says of itself. */
export interface Tcp {
  protocol: "TCP";
  ports: [from: number, to: number];
  flags: Flag[];
  sequence: number;
  acknowledgement: number;
  window: number;
  options: TcpOptions;
}

/** What a datagram of UDP says of itself. */
export interface Udp {
  protocol: "UDP";
  ports: [from: number, to: number];
}

export interface Icmp {
  protocol: "ICMP" | "ICMPv6";
  /** What it says, in words. */
  message: string;
  /** Of an error: the packet that it is about. */
  about: Decoded | undefined;
}

/** A packet. */
export interface Decoded {
  from: string;
  to: string;
  /** What IP carries; undefined for another protocol, or where a fragment has no head. */
  carried: Tcp | Udp | Icmp | undefined;
  /** Which part of a packet it is; undefined where it is a whole one. */
  fragment: Fragment | undefined;
  /** The number of the protocol that IP carries. */
  protocolNumber: number;
  /** How many octets of data there are, and the first of them. */
  length: number;
  data: Uint8Array;
}

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;

/** The extension headers of IPv6 that say how long they are in units of eight octets. */
const EXTENSIONS = new Set([0, 43, 60, 135, 139, 140]);
const FRAGMENT = 44;

/**
 * The packet in these octets, the first of `length`; undefined where it is not one of IP.
 *
 * @param length 0 where IP alone says it
 */
export function decode(octets: Uint8Array, length = 0): Decoded | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const version = octets.byteLength > 0 ? octets[0] >> 4 : 0;
  const ip = version === 4 ? ipv4(view, length) : version === 6 ? ipv6(view, length) : undefined;
  if (!ip) return undefined;
  const [carried, headLength] = carriedBy(ip, octets, view);
  const start = ip.start + headLength;
  return {
    from: ip.from,
    to: ip.to,
    protocolNumber: ip.protocol,
    carried,
    fragment: ip.fragment,
    length: Math.max(0, ip.end - start),
    data: octets.subarray(start, Math.max(start, ip.end)),
  };
}

function ipv4(view: DataView, length: number): IpHeader | undefined {
  if (view.byteLength < 20) return undefined;
  const host = (at: number) => inetNtop(AF_INET, octetsAt(view, at, 4));
  return {
    version: 4,
    from: host(12),
    to: host(16),
    protocol: view.getUint8(9),
    fragment: fragment(
      view.getUint16(4),
      8 * (view.getUint16(6) & 0x1fff),
      view.getUint8(6) & 0x20,
    ),
    start: (view.getUint8(0) & 15) * 4,
    // A packet that the system has not yet cut may be too long for the field, which then is 0.
    end: view.getUint16(2) || length,
  };
}

function fragment(identification: number, offset: number, more: number): Fragment | undefined {
  return offset === 0 && more === 0 ? undefined : { identification, offset, more: more !== 0 };
}

function ipv6(view: DataView, length: number): IpHeader | undefined {
  if (view.byteLength < 40) return undefined;
  const host = (at: number) => inetNtop(AF_INET6, octetsAt(view, at, 16));
  const payload = view.getUint16(4);
  let protocol = view.getUint8(6);
  let start = 40;
  let part: Fragment | undefined;
  while (start + 8 <= view.byteLength) {
    if (protocol === FRAGMENT) {
      const bits = view.getUint16(start + 2);
      part = fragment(view.getUint32(start + 4), bits & 0xfff8, bits & 1);
    } else if (!EXTENSIONS.has(protocol)) break;
    const units = protocol === FRAGMENT ? 0 : view.getUint8(start + 1);
    protocol = view.getUint8(start);
    start += 8 + 8 * units;
  }
  const end = payload === 0 ? length : 40 + payload;
  return { version: 6, from: host(8), to: host(24), protocol, fragment: part, start, end };
}

function octetsAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

/** What IP carries, and how long its head is. */
function carriedBy(
  { version, protocol, fragment, start, end }: IpHeader,
  octets: Uint8Array,
  whole: DataView,
): [Tcp | Udp | Icmp | undefined, number] {
  const view = new DataView(
    whole.buffer,
    whole.byteOffset + Math.min(start, whole.byteLength),
    Math.max(0, whole.byteLength - start),
  );
  // What is not the first fragment carries a part whose head is in another packet.
  if (fragment?.offset || view.byteLength < 8) return [undefined, 0];
  const ports = (): [number, number] => [view.getUint16(0), view.getUint16(2)];
  if (protocol === UDP) return [{ protocol: "UDP", ports: ports() }, 8];
  if (protocol === TCP && view.byteLength >= 20) {
    const head = (view.getUint8(12) >> 4) * 4;
    return [{ protocol: "TCP", ports: ports(), ...tcp(view, head) }, head];
  }
  if (protocol === TCP) {
    // In the packet that ICMP returns there may be no more of it than the ports and the sequence number.
    const rest = { flags: [], acknowledgement: 0, window: 0, options: {} };
    return [{ protocol: "TCP", ports: ports(), sequence: view.getUint32(4), ...rest }, end - start];
  }
  if ((protocol === ICMP && version === 4) || (protocol === ICMPV6 && version === 6)) {
    const about = isIcmpError(version, view) ? decode(octets.subarray(start + 8)) : undefined;
    const name = version === 4 ? "ICMP" : "ICMPv6";
    return [{ protocol: name, message: icmpMessage(version, view), about }, 8];
  }
  return [undefined, 0];
}

function tcp(view: DataView, head: number): Omit<Tcp, "protocol" | "ports"> {
  const bits = view.getUint8(13);
  return {
    flags: FLAGS.filter((_, bit) => (bits >> bit) & 1),
    sequence: view.getUint32(4),
    acknowledgement: view.getUint32(8),
    window: view.getUint16(14),
    options: tcpOptions(view, Math.min(head, view.byteLength)),
  };
}

/** Kinds of options (RFC 9293, section 3.2): the first two are one octet, the others say how many they have. */
const END = 0;
const NO_OPERATION = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;

function tcpOptions(view: DataView, end: number): TcpOptions {
  const options: TcpOptions = {};
  for (let at = 20; at < end; ) {
    const kind = view.getUint8(at);
    if (kind === END) break;
    if (kind === NO_OPERATION) {
      at += 1;
      continue;
    }
    const length = at + 1 < end ? view.getUint8(at + 1) : 0;
    if (length < 2 || at + length > end) break;
    if (kind === MSS && length === 4) options.mss = view.getUint16(at + 2);
    if (kind === WINDOW_SCALE && length === 3) options.windowScale = view.getUint8(at + 2);
    if (kind === SACK_PERMITTED && length === 2) options.sackPermitted = true;
    if (kind === TIMESTAMPS && length === 10) {
      options.timestamps = [view.getUint32(at + 2), view.getUint32(at + 6)];
    }
    if (kind === SACK && length % 8 === 2) {
      options.sack = Array.from({ length: (length - 2) / 8 }, (_, block) => {
        const from = at + 2 + 8 * block;
        return [view.getUint32(from), view.getUint32(from + 4)];
      });
    }
    at += length;
  }
  return options;
}

/** Whether the message is about a packet, of which it returns the beginning. */
function isIcmpError(version: 4 | 6, view: DataView): boolean {
  const type = view.getUint8(0);
  return version === 6 ? type < 128 : [3, 4, 5, 11, 12].includes(type);
}

/** Messages by type and code, or by type where the code tells nothing more. */
const ICMP_MESSAGES: Record<string, string> = {
  "0": "echo reply",
  "3": "destination unreachable",
  "3.0": "network unreachable",
  "3.1": "host unreachable",
  "3.2": "protocol unreachable",
  "3.3": "port unreachable",
  "3.4": "fragmentation needed",
  "3.13": "prohibited",
  "5": "redirect",
  "8": "echo request",
  "11": "time exceeded",
  "12": "parameter problem",
};
const ICMPV6_MESSAGES: Record<string, string> = {
  "1": "destination unreachable",
  "1.0": "no route",
  "1.1": "prohibited",
  "1.3": "address unreachable",
  "1.4": "port unreachable",
  "2": "packet too big",
  "3": "time exceeded",
  "4": "parameter problem",
  "128": "echo request",
  "129": "echo reply",
  "130": "multicast listener query",
  "131": "multicast listener report",
  "132": "multicast listener done",
  "133": "router solicitation",
  "134": "router advertisement",
  "135": "neighbour solicitation",
  "136": "neighbour advertisement",
  "143": "multicast listener report",
};

function icmpMessage(version: 4 | 6, view: DataView): string {
  const [type, code] = [view.getUint8(0), view.getUint8(1)];
  const messages = version === 4 ? ICMP_MESSAGES : ICMPV6_MESSAGES;
  return messages[`${type}.${code}`] ?? messages[type] ?? `type ${type}, code ${code}`;
}
