/**
 * Octets that print as Python's `bytes` do.
 *
 * @module
 */

"use deferred interrupts";

import { type InspectOptionsStylized, inspect, types } from "node:util";
import type { MimeBundle } from "../../interface/cell";
import { DISPLAY } from "../show/display";
import { counted } from "../show/quantities";
import { kindOf } from "./arguments";

/** What the calls that send take: text, sent as UTF-8, or a view of octets. */
export type Data = string | NodeJS.ArrayBufferView;

/**
 * A `Uint8Array` that `console.log` shows as `b'Hi there, server'`. Where text is wanted, as in a template literal, it is
 * the text. As the value of a cell it is shown as hexadecimal numbers and text, side by side.
 *
 * @example
 * const data = await connection.recv(16);
 * console.log("received", data);           // received b'This is the mess'
 * console.log(`received ${data}`);         // received This is the mess
 * console.log(data.toString("hex", 0, 4)); // 54686973
 */
export class Bytes extends Uint8Array {
  /** The octets of several pieces in a row. */
  static concat(pieces: Iterable<Uint8Array>): Bytes {
    const all = [...pieces];
    const joined = new Bytes(all.reduce((sum, piece) => sum + piece.byteLength, 0));
    let end = 0;
    for (const piece of all) {
      joined.set(piece, end);
      end += piece.byteLength;
    }
    return joined;
  }

  /**
   * The text that the octets stand for, where they must be one: `toString` is for octets that may be anything.
   *
   * @param encoding a label of the Encoding Standard, such as "utf-8" or "utf-16le"
   * @throws TypeError where the octets are not text in this encoding, as when a character is still on its way; RangeError
   * for a label that is none
   */
  decode(encoding = "utf-8"): string {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(this);
  }

  /** A copy of the octets from `start` up to `end`, which is left out. */
  override slice(start?: number, end?: number): Bytes {
    return super.slice(start, end) as Bytes;
  }

  /** The same memory, from `begin` up to `end`, which is left out. */
  override subarray(begin?: number, end?: number): Bytes {
    return super.subarray(begin, end) as Bytes;
  }

  /** Whether the other has the same octets in the same order. */
  equals(other: Uint8Array): boolean {
    return Buffer.compare(this, other) === 0;
  }

  /**
   * The octets as text, as the `toString` of Node's `Buffer` has it; what a template literal, `String` and `+` take.
   * What is no UTF-8 becomes U+FFFD (�).
   *
   * @param encoding "utf8" if left out, "latin1", "hex", "base64" and so on
   * @param start where to begin, in octets
   * @param end where to end, which is left out
   */
  override toString(encoding?: BufferEncoding, start?: number, end?: number): string {
    const { buffer, byteOffset, byteLength } = memoryOf(this);
    return Buffer.from(buffer, byteOffset, byteLength).toString(encoding, start, end);
  }

  [inspect.custom](_depth: number, options: InspectOptionsStylized): string {
    const shown = Math.min(this.length, options.maxStringLength ?? Number.POSITIVE_INFINITY);
    const rest = this.length - shown;
    const text = options.stylize(repr(this.subarray(0, shown)), "string");
    return rest === 0 ? text : `${text}... ${rest} more octets`;
  }

  /** The octets as hexadecimal numbers and as text, side by side. */
  [DISPLAY](): MimeBundle {
    const length = counted(this.length, "octet");
    const dumped = this.length === 0 ? "" : `\n\n\`\`\`\n${dump(this)}\n\`\`\``;
    return { "text/markdown": `${length}${dumped}`, "text/plain": inspect(this) };
  }
}

/** How many octets a dump shows at most. */
const DUMPED = 256;

/** 8 octets a line: two notebooks stand side by side. A dot stands for what is not printable ASCII. */
function dump(octets: Uint8Array): string {
  const lines: string[] = [];
  for (let start = 0; start < Math.min(octets.length, DUMPED); start += 8) {
    const line = Array.from(octets.subarray(start, start + 8));
    const digits = line.map((octet) => octet.toString(16).padStart(2, "0")).join(" ");
    const text = line.map((octet) =>
      octet < 0x20 || octet > 0x7e ? "." : String.fromCharCode(octet),
    );
    lines.push(`${String(start).padStart(4)}  ${digits.padEnd(23)}  ${text.join("")}`);
  }
  const rest = octets.length - DUMPED;
  return rest > 0 ? `${lines.join("\n")}\n      ... ${rest} more octets` : lines.join("\n");
}

/**
 * The octets of a text (UTF-8), or a copy of those of a view: what Python writes `b"..."`.
 *
 * @example
 * const message = bytes("This is the message.  It will be repeated.");
 * message.length // 42
 */
export function bytes(content: Data): Bytes {
  return new Bytes(octetsOf(content, "content"));
}

const ESCAPES: Record<number, string> = { 9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\" };

/**
 * What `console.log` shows of `Bytes`, as a text, and of any view: `b'...'`, as Python writes octets. What is not
 * printable ASCII is written as `\n`, `\r`, `\t` or `\x00`.
 *
 * @param data a `Bytes`, `Buffer` or other view of octets
 * @throws TypeError for what is no view of octets
 *
 * @example
 * const greeting = bytes("Hi there\r\n");
 * console.log(`received ${repr(greeting)}`); // received b'Hi there\r\n'
 */
export function repr(data: NodeJS.ArrayBufferView): string {
  const octets = memoryOf(data, "data");
  const quote = octets.includes(39) && !octets.includes(34) ? '"' : "'";
  let text = "";
  for (const octet of octets) {
    const character = String.fromCharCode(octet);
    if (ESCAPES[octet]) text += ESCAPES[octet];
    else if (character === quote) text += `\\${quote}`;
    else if (octet >= 0x20 && octet < 0x7f) text += character;
    else text += `\\x${octet.toString(16).padStart(2, "0")}`;
  }
  return `b${quote}${text}${quote}`;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const accessors = (prototype: object) => ({
  buffer: getter<ArrayBufferLike>(prototype, "buffer"),
  byteLength: getter<number>(prototype, "byteLength"),
  byteOffset: getter<number>(prototype, "byteOffset"),
});
const ofTypedArray = accessors(typedArray);
const ofDataView = accessors(DataView.prototype);

function getter<T>(prototype: object, name: string): (this: unknown) => T {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: unknown) => T;
}

/**
 * A plain `Uint8Array` of the octets of a text or view, its length that of the memory and not what a property of the
 * view says, since the system is going to read or fill it.
 *
 * @throws TypeError for anything else, and for a view whose memory has been transferred elsewhere
 */
export function octetsOf(data: Data, name: string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (!ArrayBuffer.isView(data)) {
    throw new TypeError(`${name} must be a string or a Uint8Array, not ${kindOf(data)}`);
  }
  const { buffer, byteLength, byteOffset } = data instanceof DataView ? ofDataView : ofTypedArray;
  return new Uint8Array(buffer.call(data), byteOffset.call(data), byteLength.call(data));
}

// V8 has so few octets in its own heap, and before it tells where they lie it moves them out: that takes longer than all
// else of sending them.
const FEW = 64;

/** The octets of a text or view as `octetsOf` gives them, for the system to read; a few of them as a copy. */
export function octetsToRead(data: Data, name: string): Uint8Array {
  if (!types.isUint8Array(data)) return octetsOf(data, name);
  const length = ofTypedArray.byteLength.call(data);
  if (length > FEW) return octetsOf(data, name);
  const few = Buffer.allocUnsafe(length);
  few.set(data);
  return few;
}

/** The same of a view only, which a text is not. */
export function memoryOf(view: NodeJS.ArrayBufferView, name = "the view"): Uint8Array {
  if (ArrayBuffer.isView(view)) return octetsOf(view, name);
  throw new TypeError(`${name} must be a Uint8Array, not ${kindOf(view)}`);
}

/** @throws TypeError if memory that `octetsOf` has checked has since been transferred elsewhere, or has shrunk. */
export function unmoved(octets: Uint8Array, size: number): Uint8Array {
  if (octets.byteLength === size) return octets;
  throw new TypeError("the memory was transferred elsewhere, or resized, while the call waited");
}

// What the system fills in comes to lie in `spare`. A small result is copied out of it, so that it keeps no more
// memory than it needs; one that fills most of it takes it along, without a copy.
const SPARE = 65536;
const MOST_SPARE = 2 ** 20;
let spare = new Uint8Array(0);

/** Room for `length` octets, for use until anybody else asks for room. Its content is undefined. */
export function room(length: number): Uint8Array<ArrayBuffer> {
  if (spare.byteLength < length || spare.byteLength === 0) {
    const fresh = new Uint8Array(Buffer.allocUnsafeSlow(Math.max(length, SPARE)).buffer);
    if (fresh.byteLength > MOST_SPARE) return fresh;
    spare = fresh;
  }
  return spare;
}

/** The first `length` octets of the room, for good. */
export function claim(filled: Uint8Array<ArrayBuffer>, length: number): Bytes {
  if (length < filled.byteLength / 2) return new Bytes(filled.subarray(0, length));
  if (filled === spare) spare = new Uint8Array(0);
  return new Bytes(filled.buffer, 0, length);
}
