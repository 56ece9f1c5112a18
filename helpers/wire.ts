/**
 * The segments that travel between the sockets of a network, as the system itself shows them: `await wire()` in a
 * notebook's cell. What they mean is decoded here: IPv4, IPv6, TCP, UDP and ICMP.
 *
 * A notebook that has a network of its own can see all of it, and no other notebook can see anything.
 *
 * @module
 */

"use deferred interrupts";

import { writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import { currentCell, type MimeBundle } from "../interface/cell";
import { bare } from "./capture/ends";
import { type Captured, captured } from "./capture/packets";
import { pcapng } from "./capture/pcapng";
import { type Segment, segmentsOf } from "./capture/segments";
import { type Address, type InetAddress, printed } from "./posix/address";
import type { Socket } from "./posix/socket-class";
import { isSystemError } from "./posix/system-error";
import { recordOf } from "./record/record";
import { DISPLAY, tableBundle, textTable } from "./show/display";
import { counted } from "./show/quantities";

export type { Flag, Fragment, TcpOptions } from "./capture/decode";
export type { Mark, Segment } from "./capture/segments";

/** Segments in the order in which they travelled; they show themselves as a table, and print as one. */
export class Segments extends Array<Segment> {
  /** Why there is no capture, or how many segments it could not take; undefined where nothing is missing. */
  missing: string | undefined;

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  override toString(): string {
    return this.#withMissing(this.length > 0 ? textTable(...this.#table()) : "no segments");
  }

  [inspect.custom](): string {
    return this.toString();
  }

  [DISPLAY](): MimeBundle {
    if (this.length === 0) return { "text/plain": this.toString() };
    const bundle = tableBundle(...this.#table(), this.toString());
    return { ...bundle, "text/markdown": this.#withMissing(String(bundle["text/markdown"])) };
  }

  /** Its head and its rows, without TCP's columns where there is no segment of TCP. */
  #table(): [head: string[], rows: string[][]] {
    const start = this[0]?.time ?? 0;
    const rows = Array.from(this, (segment) => cells(segment, start));
    if (this.some(({ protocol }) => protocol === "TCP")) return [HEAD, rows];
    const others = (row: string[]) => row.filter((_, column) => !OF_TCP.has(HEAD[column]));
    return [others(HEAD), rows.map(others)];
  }

  #withMissing(text: string): string {
    return this.missing === undefined ? text : `${text}\n\n${this.missing}`;
  }
}

const HEAD = ["ms", "from", "to", "segment", "seq", "ack", "window", "octets", ""];
const OF_TCP = new Set(["seq", "ack", "window"]);

function cells(segment: Segment, start: number): string[] {
  const { protocol, from, to, flags, length, options, octets, marks, message, about } = segment;
  const { fragment } = segment;
  const isTcp = protocol === "TCP";
  const end = (address: InetAddress) => (address[1] === 0 ? address[0] : printed(address));
  const first = length > 0 ? [inspect(octets.slice(0, 16)) + (length > 16 ? "…" : "")] : [];
  const subject = about ? [`about ${about.protocol} to ${end(about.to)}`] : [];
  return [
    (segment.time - start).toFixed(3),
    end(from),
    end(to),
    isTcp ? flags.join(", ") : message === "" ? protocol : `${protocol}: ${message}`,
    isTcp ? String(segment.relativeSequence) : "",
    flags.includes("ACK") ? String(segment.relativeAcknowledgement) : "",
    isTcp && !flags.includes("RST") ? String(segment.window) : "",
    String(length),
    [
      ...marks,
      ...optionNames(options),
      ...fragmentWords(fragment),
      ...subject,
      ...(isIcmp(segment) ? [] : first),
    ].join("; "),
  ];
}

function fragmentWords(fragment: Segment["fragment"]): string[] {
  if (!fragment) return [];
  const { identification, offset, more } = fragment;
  return [`fragment of ${identification} from ${offset}${more ? "" : ", the last"}`];
}

function isIcmp({ protocol }: Segment): boolean {
  return protocol === "ICMP" || protocol === "ICMPv6";
}

/** Timestamps are in nearly every segment, and tell nobody anything. */
function optionNames({ mss, windowScale, sackPermitted, sack }: Segment["options"]): string[] {
  return [
    ...(mss === undefined ? [] : [`MSS ${mss}`]),
    ...(windowScale === undefined ? [] : [`window scale ${windowScale}`]),
    ...(sackPermitted ? ["SACK permitted"] : []),
    ...(sack ? [`SACK of ${counted(sack.length, "block")}`] : []),
  ];
}

/** A capture: what travels from its start on until it is stopped. The newest 10,000 segments are kept. */
export class Capture implements Disposable {
  readonly #isWanted: (segment: Segment) => boolean;
  #stopped: Promise<Captured> | undefined;

  /** @internal */
  constructor(isWanted: (segment: Segment) => boolean) {
    this.#isWanted = isWanted;
  }

  /** The segments until now. */
  async segments(): Promise<Segments> {
    return segmentsIn(await this.#captured(), this.#isWanted);
  }

  /**
   * Writes the segments into a file that Wireshark and tcpdump open, with the first 96 octets of each packet.
   *
   * @param file its path, from the notebook's folder
   * @throws Error as node:fs for a file that cannot be written
   *
   * @example
   * using capture = await startCapture();
   * await capture.save("/tmp/echo.pcapng");
   */
  async save(file: string): Promise<void> {
    const { packets, missing } = await this.#captured();
    const segments = segmentsIn({ packets, missing }, this.#isWanted);
    const numbers = new Set(segments.map(({ number }) => number));
    await writeFile(file, pcapng(packets.filter(({ number }) => numbers.has(number))));
  }

  /** Ends it; what was captured by then stays. */
  stop(): void {
    this.#stopped ??= this.#until(Date.now() + 1);
  }

  /** As `stop`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  #captured(): Promise<Captured> {
    return this.#stopped ?? captured();
  }

  /** What has passed before this time, in milliseconds since 1970. */
  async #until(end: number): Promise<Captured> {
    const all = await captured();
    return { ...all, packets: all.packets.filter(({ time }) => time < BigInt(end) * 1_000_000n) };
  }
}

/**
 * Begins to capture what travels on this network: all of it, or what these sockets send and receive. It ends with the
 * block in which it was declared by `using`.
 *
 * @throws RangeError for a socket that has no address by now
 *
 * @example
 * using capture = await startCapture();
 * const segments = await capture.segments();
 */
export async function startCapture(...sockets: Socket<number>[]): Promise<Capture> {
  const isOf = belongsTo(sockets);
  const last = (await captured()).packets.at(-1)?.number ?? 0;
  return new Capture((segment) => segment.number > last && isOf(segment));
}

/**
 * The segments that have travelled on this network since the cell began, or those of these sockets, from the
 * beginning. For a socket that listens, these are all that went from or to its address.
 *
 * This needs a network of the notebook's own. Where there is none, there are no segments, and `missing` says why.
 *
 * @throws RangeError for a socket that has never had an address
 *
 * @example
 * const segments = await wire(connection);
 */
export async function wire(...sockets: Socket<number>[]): Promise<Segments> {
  const isOf = belongsTo(sockets);
  const since = sockets.length > 0 ? 0 : (currentCell()?.began ?? 0);
  return segmentsIn(await captured(), (segment) => segment.time >= since && isOf(segment));
}

/** The segments that are wanted, each read in the light of all before it. */
function segmentsIn(
  { packets, missing }: Pick<Captured, "packets" | "missing">,
  isWanted: (segment: Segment) => boolean,
): Segments {
  const segments = new Segments();
  segments.push(...segmentsOf(packets).filter(isWanted));
  segments.missing = missing;
  return segments;
}

/** Whether a segment belongs to one of the sockets, or to anybody where there are none. */
function belongsTo(sockets: Socket<number>[]): (segment: Segment) => boolean {
  if (sockets.length === 0) return () => true;
  const pairs = sockets.map(endsOf);
  const isOf = ({ from, to }: Segment) =>
    pairs.some((ends) => isBetween(ends, from, to) || isBetween(ends, to, from));
  return (segment) => isOf(segment) || (segment.about !== undefined && isOf(segment.about));
}

/** The addresses of a socket's two ends; the far one is undefined where it talks to all. */
type Ends = [near: string, far: string | undefined];

function isBetween([near, far]: Ends, one: InetAddress, other: InetAddress): boolean {
  const isNear = near === plain(one) || ANY.some((host) => near === printed([host, one[1]]));
  return isNear && (far === undefined || far === plain(other));
}

const ANY = ["0.0.0.0", "::"];

/** @throws RangeError where nothing tells it */
function endsOf(sock: Socket<number>): Ends {
  const record = recordOf(sock);
  const near = asked(() => sock.getsockname()) ?? record?.local;
  const far = asked(() => sock.getpeername()) ?? record?.remote;
  if (near === undefined || near.endsWith(":0")) {
    throw new RangeError(
      "the capture needs sockets that have an address: after bind, connect or accept",
    );
  }
  return [bare(near), far === undefined ? undefined : bare(far)];
}

/** What a socket says of itself, unless it is closed or has no such address. */
function asked(question: () => Address): string | undefined {
  try {
    return printed(question());
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function plain(address: InetAddress): string {
  return bare(printed(address));
}
