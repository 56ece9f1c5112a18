/**
 * From an address as the texts write it to the one that the system takes, by way of the resolver where the host is a
 * name.
 *
 * @module
 */

"use deferred interrupts";

import {
  type Address,
  checkHost,
  encodeHost,
  encodePath,
  type Host,
  type InetAddress,
} from "./address";
import type { Limit } from "./cancellation";
import { nameOf } from "./constant-names";
import { AF_INET, AF_INET6, AF_UNIX } from "./constants";
import { lookup } from "./resolver";

/** The numeric hosts that addresses were found to have. */
const found = new WeakMap<object, string>();

/** The address as it is, but calls take `host` for the name in it, and do not ask the resolver again. */
export function asFound(address: InetAddress, host: string): InetAddress {
  const same: InetAddress = [...address];
  found.set(same, host);
  return same;
}

/**
 * The sockaddr of an address of this family, at once unless the host is a name. That is looked up, within the limit.
 *
 * @throws TypeError or RangeError for an address that is none; the promise rejects with an error of the resolver, or the
 * reason of a signal
 */
export function sockaddrOf(
  family: number,
  address: Address,
  limit: Limit,
): Uint8Array | Promise<Uint8Array> {
  if (family === AF_UNIX) return encodePath(address);
  if (family !== AF_INET && family !== AF_INET6) {
    throw new TypeError(`addresses of ${nameOf("AF_", family)} are not known here`);
  }
  const asked = checkHost(family, address);
  const host = { ...asked, host: found.get(address as object) ?? asked.host };
  return encodeHost(family, host) ?? lookedUp(family, host, limit);
}

async function lookedUp(family: number, host: Host, limit: Limit): Promise<Uint8Array> {
  const numeric = await lookup(host.host, family, limit);
  return encodeHost(family, { ...host, ...numeric }) as Uint8Array;
}
