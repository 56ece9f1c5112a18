/**
 * The names of errors by their numbers on this system.
 *
 * @module
 */

"use deferred interrupts";

import { isDarwin } from "./platform";
import { errno } from "./system";

/** Errors of sockets that Node's table lacks: <errno.h> of Linux, as most processors have it, and of macOS. */
const MORE: Record<string, number> = isDarwin
  ? { ESOCKTNOSUPPORT: 44, EPFNOSUPPORT: 46, ESHUTDOWN: 58, ETOOMANYREFS: 59, EHOSTDOWN: 64 }
  : {
      ENONET: 64,
      ENOPKG: 65,
      ECOMM: 70,
      ENOTUNIQ: 76,
      EBADFD: 77,
      EUSERS: 87,
      ESOCKTNOSUPPORT: 94,
      EPFNOSUPPORT: 96,
      ESHUTDOWN: 108,
      ETOOMANYREFS: 109,
      EHOSTDOWN: 112,
      ENOMEDIUM: 123,
      ENOKEY: 126,
      EKEYEXPIRED: 127,
      EKEYREVOKED: 128,
      EKEYREJECTED: 129,
      ERFKILL: 132,
    };

// Of two names for one number, the one that the man pages of sockets use.
const { EWOULDBLOCK, ENOTSUP, ...preferred } = errno;
const all = Object.entries({ ...MORE, ...preferred });
const names = new Map(all.map(([name, number]) => [number, name]));

/** The name of an error, such as "ECONNREFUSED". */
export function errorName(error: number): string {
  return names.get(error) ?? `error ${error}`;
}
