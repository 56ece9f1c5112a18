/**
 * Addresses as the texts print them.
 *
 * @module
 */
import type { InetAddress } from "../helpers/socket";

/** `('127.0.0.1', 1060)`, as Python writes an address. */
export function tuple([host, port]: InetAddress): string {
  return `('${host}', ${port})`;
}
