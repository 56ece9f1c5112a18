/**
 * Values of socket options; see socket(7).
 *
 * @module
 */

import { endianness } from "node:os";
import { int, integer, kindOf } from "./arguments";
import { octetsOf } from "./bytes";

/** SO_LINGER: whether, and for how many seconds, `close` waits until what was sent has arrived. */
export interface Linger {
  l_onoff: number;
  l_linger: number;
}

/** SO_RCVTIMEO and SO_SNDTIMEO: the seconds and microseconds after which a blocking call gives up; 0 is never. */
export interface Timeval {
  tv_sec: number;
  tv_usec: number;
}

/** An int, which most options are, a structure, or the octets of any other. */
export type OptionValue = number | Linger | Timeval | Uint8Array;

const darwin = process.platform === "darwin";
const little = endianness() === "LE";

/** @throws TypeError or RangeError unless the value is an OptionValue. */
export function encodeOption(value: unknown): Uint8Array {
  if (typeof value === "number") return ints(int(value, "the value"));
  if (ArrayBuffer.isView(value)) return octetsOf(value as NodeJS.ArrayBufferView, "the value");
  if (typeof value === "object" && value !== null) {
    const { l_onoff, l_linger, tv_sec, tv_usec } = value as Partial<Linger & Timeval>;
    if (l_onoff !== undefined) return ints(int(l_onoff, "l_onoff"), int(l_linger, "l_linger"));
    if (tv_sec !== undefined) {
      const octets = new DataView(new ArrayBuffer(16));
      octets.setBigInt64(0, BigInt(integer(tv_sec, "tv_sec", 0, 2 ** 31 - 1)), little);
      // A long on Linux, an int and four octets of padding on macOS.
      const usec = integer(tv_usec, "tv_usec", 0, 999_999);
      if (darwin) octets.setInt32(8, usec, little);
      else octets.setBigInt64(8, BigInt(usec), little);
      return new Uint8Array(octets.buffer);
    }
  }
  throw new TypeError(
    `the value must be a number, { l_onoff, l_linger }, { tv_sec, tv_usec } or octets, not ${kindOf(value)}`,
  );
}

function ints(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** The `struct linger` in these octets. */
export function linger(octets: Uint8Array): Linger {
  const [l_onoff, l_linger] = new Int32Array(octets.slice().buffer);
  return { l_onoff, l_linger };
}

/** The `struct timeval` in these octets. */
export function timeval(octets: Uint8Array): Timeval {
  const view = new DataView(octets.buffer, octets.byteOffset);
  const tv_usec = darwin ? view.getInt32(8, little) : Number(view.getBigInt64(8, little));
  return { tv_sec: Number(view.getBigInt64(0, little)), tv_usec };
}
