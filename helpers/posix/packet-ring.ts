/**
 * The IP packets that pass the interfaces of this network, as the system shows them to a packet socket: packet(7), with
 * the ring of TPACKET_V2 in memory that the system fills by itself. Linux only, and only for whom the system allows it
 * (CAP_NET_RAW).
 *
 * @module
 */

"use deferred interrupts";

import { isDarwin, isLittleEndian } from "./platform";
import * as system from "./system";
import { systemError } from "./system-error";

const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const ETH_P_ALL = 3;
const SOL_PACKET = 263;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const TPACKET_V2 = 1;

/** How the ring is laid out: 16,384 packets, the first octets of each. */
const FRAME = 256;
const BLOCK = 2 ** 16;
const BLOCKS = 64;
const FRAMES = (BLOCK / FRAME) * BLOCKS;

/** Offsets in a frame: `struct tpacket2_hdr`, and the `struct sockaddr_ll` behind it. */
const STATUS = 0;
const LENGTH = 4;
const KEPT = 8;
const NETWORK = 14;
const SECONDS = 16;
const NANOSECONDS = 20;
const PROTOCOL = 34;
const INTERFACE = 36;
const PACKET_TYPE = 42;

/** Whose frame it is: the system's to fill, or the program's to read. */
const TP_STATUS_KERNEL = 0;
const TP_STATUS_USER = 1;

const PACKET_OUTGOING = 4;

/** The number of `lo` in every network. */
const LOOPBACK = 1;

const IP_VERSIONS = new Set([0x0800, 0x86dd]);

/** Milliseconds after which the ring is emptied again while packets come. */
const PAUSE = 20;

/** Gets a packet; `octets` are the first of its IP header and what follows, and only there during the call. */
export type OnPacket = (time: bigint, length: number, octets: Uint8Array) => void;

/** The packets of a network from now on. */
export class PacketRing {
  readonly #fd: number;
  readonly #mapping: system.Mapping;
  readonly #view: DataView;
  readonly #onPacket: OnPacket;
  readonly #poll: system.Poll;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #missed = 0;

  /** @throws SystemError EPERM where the system does not allow it */
  constructor(onPacket: OnPacket) {
    const fd = isDarwin ? -system.errno.ENOTSUP : system.socket(AF_PACKET, SOCK_DGRAM, 0);
    if (fd < 0) throw systemError(fd, "socket");
    this.#fd = fd;
    this.#onPacket = onPacket;
    try {
      this.#set(PACKET_VERSION, TPACKET_V2);
      this.#set(PACKET_RX_RING, BLOCK, BLOCKS, FRAME, FRAMES);
      const mapping = system.mmap(fd, BLOCK * BLOCKS);
      if (typeof mapping === "number") throw systemError(mapping, "mmap");
      this.#mapping = mapping;
      this.#view = new DataView(mapping.octets);
      // The protocol is given only now, so that no packet comes before there is a ring for it.
      const name = new DataView(new ArrayBuffer(20));
      name.setUint16(0, AF_PACKET, isLittleEndian);
      name.setUint16(2, ETH_P_ALL);
      const bound = system.bind(fd, new Uint8Array(name.buffer));
      if (bound < 0) throw systemError(bound, "bind");
    } catch (error) {
      system.close(fd);
      throw error;
    }
    this.#poll = new system.Poll(fd, () => this.#onReady());
    this.#poll.watch(system.READ);
    this.#poll.unref();
  }

  /** How many packets came while the ring was full, and are not known. */
  get missed(): number {
    const statistics = new Uint32Array(2);
    const octets = new Uint8Array(statistics.buffer);
    // The system counts from the last question on.
    if (!this.#isClosed && system.getsockopt(this.#fd, SOL_PACKET, PACKET_STATISTICS, octets) > 0) {
      this.#missed += statistics[1];
    }
    return this.#missed;
  }

  /** Hands over the packets that have passed until now, and returns whether there were any. */
  drain(): boolean {
    const view = this.#view;
    let count = 0;
    // A ring that is filled as fast as it is read must not hold the program.
    for (; count < FRAMES && !this.#isClosed; count++) {
      const at = this.#next * FRAME;
      if ((view.getUint32(at + STATUS, isLittleEndian) & TP_STATUS_USER) === 0) break;
      this.#take(at);
      view.setUint32(at + STATUS, TP_STATUS_KERNEL, isLittleEndian);
      this.#next = (this.#next + 1) % FRAMES;
    }
    return count > 0;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#poll.close();
    this.#mapping.unmap();
    system.close(this.#fd);
  }

  #take(at: number): void {
    const view = this.#view;
    const onLoopback = view.getInt32(at + INTERFACE, isLittleEndian) === LOOPBACK;
    // On `lo` the same packet goes out and comes in.
    if (onLoopback && view.getUint8(at + PACKET_TYPE) !== PACKET_OUTGOING) return;
    if (!IP_VERSIONS.has(view.getUint16(at + PROTOCOL))) return;
    const seconds = BigInt(view.getUint32(at + SECONDS, isLittleEndian));
    const time =
      seconds * 1_000_000_000n + BigInt(view.getUint32(at + NANOSECONDS, isLittleEndian));
    const start = at + view.getUint16(at + NETWORK, isLittleEndian);
    const kept = Math.min(view.getUint32(at + KEPT, isLittleEndian), at + FRAME - start);
    const octets = new Uint8Array(this.#mapping.octets, start, kept);
    this.#onPacket(time, view.getUint32(at + LENGTH, isLittleEndian), octets);
  }

  /** Packets come: they are taken together, every now and then, so that a program that sends many is not held up. */
  #onReady(): void {
    this.#poll.watch(0);
    this.#turn();
  }

  #turn(): void {
    if (this.#isClosed) return;
    if (this.drain()) this.#timer = setTimeout(() => this.#turn(), PAUSE).unref();
    else {
      this.#poll.watch(system.READ);
      this.#poll.unref();
    }
  }

  #set(option: number, ...values: number[]): void {
    const octets = new Uint8Array(Uint32Array.from(values).buffer);
    const result = system.setsockopt(this.#fd, SOL_PACKET, option, octets);
    if (result < 0) throw systemError(result, "setsockopt");
  }
}
