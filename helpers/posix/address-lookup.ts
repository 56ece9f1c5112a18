/**
 * From an address as the texts write it to the one that the system takes, by way of the resolver where the host is a
 * name.
 *
 * @module
 */

"use deferred interrupts";

import { type Address, checkHost, encodeHost, encodePath } from "./address";
import type { Limit } from "./cancellation";
import { nameOf } from "./constant-names";
import { AF_INET, AF_INET6, AF_UNIX } from "./constants";
import { lookup } from "./resolver";

/**
 * The sockaddr of an address of this family; a name is looked up, within the limit.
 *
 * @throws TypeError or RangeError for an address that is none, an error of the resolver, or the reason of a signal
 */
export async function sockaddrOf(
  family: number,
  address: Address,
  limit: Limit,
): Promise<Uint8Array> {
  if (family === AF_UNIX) return encodePath(address);
  if (family !== AF_INET && family !== AF_INET6) {
    throw new TypeError(`addresses of ${nameOf("AF_", family)} are not known here`);
  }
  const host = checkHost(family, address);
  const numeric = encodeHost(family, host);
  if (numeric) return numeric;
  const found = await lookup(host.host, family, limit);
  return encodeHost(family, { ...host, ...found }) as Uint8Array;
}
