/**
 * A capture as a file that Wireshark and tcpdump open: the PCAP Next Generation file format, in its simplest form, one
 * section with one interface on which IP packets pass without a link layer.
 *
 * @see https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html
 * @module
 */

"use deferred interrupts";

import { MOST_OCTETS, type Packet } from "./packets";

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** The octets are those of IPv4 or IPv6, which the first of them tells. */
const LINKTYPE_RAW = 101;

/** The option that gives the unit of times, here 10 ** -9 seconds. */
const IF_TSRESOL = 9;
const NANOSECONDS = 9;

/** The octets of the file. */
export function pcapng(packets: readonly Packet[]): Uint8Array {
  return Buffer.concat([sectionHeader(), interfaceDescription(), ...packets.map(enhancedPacket)]);
}

/** A block: its type and its length, what it says, and the length once more. */
function block(type: number, body: Uint8Array): Uint8Array {
  const length = 12 + Math.ceil(body.byteLength / 4) * 4;
  const octets = new Uint8Array(length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, type);
  view.setUint32(4, length);
  octets.set(body, 8);
  view.setUint32(length - 4, length);
  return octets;
}

function sectionHeader(): Uint8Array {
  const body = new DataView(new ArrayBuffer(16));
  body.setUint32(0, BYTE_ORDER_MAGIC);
  body.setUint16(4, 1);
  body.setBigInt64(8, -1n); // how long the section is, it does not say
  return block(SECTION_HEADER, new Uint8Array(body.buffer));
}

function interfaceDescription(): Uint8Array {
  const body = new DataView(new ArrayBuffer(20));
  body.setUint16(0, LINKTYPE_RAW);
  body.setUint32(4, MOST_OCTETS);
  body.setUint16(8, IF_TSRESOL);
  body.setUint16(10, 1);
  body.setUint8(12, NANOSECONDS);
  return block(INTERFACE_DESCRIPTION, new Uint8Array(body.buffer));
}

function enhancedPacket({ time, length, octets }: Packet): Uint8Array {
  const body = new Uint8Array(20 + octets.byteLength);
  const view = new DataView(body.buffer);
  view.setBigUint64(4, time);
  view.setUint32(12, octets.byteLength);
  view.setUint32(16, length);
  body.set(octets, 20);
  return block(ENHANCED_PACKET, body);
}
