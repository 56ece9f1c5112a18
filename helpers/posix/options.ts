/**
 * Values of socket options; see socket(7).
 *
 * @module
 */

"use deferred interrupts";

import { int, integer, kindOf } from "./arguments";
import { octetsOf } from "./bytes";
import { SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO } from "./constants";
import { isDarwin, isLittleEndian } from "./platform";

/** SO_LINGER: whether, and for how many seconds, `close` waits until what was sent has arrived. */
export interface Linger {
  /** Whether it waits: 1, or 0. */
  l_onoff: number;
  /** Seconds; 0 has the connection broken off by a reset. */
  l_linger: number;
}

/** SO_RCVTIMEO and SO_SNDTIMEO: the seconds and microseconds after which a blocking call gives up; 0 is never. */
export interface Timeval {
  /** Whole seconds. */
  tv_sec: number;
  /** Microseconds, less than a million. */
  tv_usec: number;
}

/** An int, which most options are, a structure, or the octets of any other. */
export type OptionValue = number | Linger | Timeval | Uint8Array;

/** @throws TypeError or RangeError unless the value is an OptionValue. */
export function encodeOption(value: unknown): Uint8Array {
  if (typeof value === "number") return ints(int(value, "the value"));
  if (ArrayBuffer.isView(value)) return octetsOf(value as NodeJS.ArrayBufferView, "the value");
  if (typeof value === "object" && value !== null) {
    const { l_onoff, l_linger, tv_sec, tv_usec } = value as Partial<Linger & Timeval>;
    if (l_onoff !== undefined) return ints(int(l_onoff, "l_onoff"), int(l_linger, "l_linger"));
    if (tv_sec !== undefined) {
      const octets = new DataView(new ArrayBuffer(16));
      octets.setBigInt64(0, BigInt(integer(tv_sec, "tv_sec", 0, 2 ** 31 - 1)), isLittleEndian);
      // A long on Linux, an int and four octets of padding on macOS.
      const usec = integer(tv_usec, "tv_usec", 0, 999_999);
      if (isDarwin) octets.setInt32(8, usec, isLittleEndian);
      else octets.setBigInt64(8, BigInt(usec), isLittleEndian);
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

/** How the octets of those options of SOL_SOCKET are read that are structures. */
export const STRUCTURES: Record<number, ((octets: Uint8Array) => Linger | Timeval) | undefined> = {
  [SO_LINGER]: linger,
  [SO_RCVTIMEO]: timeval,
  [SO_SNDTIMEO]: timeval,
};

/** The `struct linger` in these octets. */
export function linger(octets: Uint8Array): Linger {
  const [l_onoff, l_linger] = new Int32Array(octets.slice().buffer);
  return { l_onoff, l_linger };
}

/** The `struct timeval` in these octets. */
export function timeval(octets: Uint8Array): Timeval {
  const view = new DataView(octets.buffer, octets.byteOffset);
  const tv_usec = isDarwin
    ? view.getInt32(8, isLittleEndian)
    : Number(view.getBigInt64(8, isLittleEndian));
  return { tv_sec: Number(view.getBigInt64(0, isLittleEndian)), tv_usec };
}
