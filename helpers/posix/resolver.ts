/**
 * Names to addresses, by the system's own resolver.
 *
 * @module
 */

"use deferred interrupts";

import { hostname } from "node:os";
import { domainToASCII } from "node:url";
import type { MimeBundle } from "../../interface/cell";
import { displayedAs, tableBundle } from "../show/display";
import { decodeSockaddr, hostName, type Inet6Address, type InetAddress, printed } from "./address";
import { int, integer, kindOf } from "./arguments";
import { type Limit, limitOf, type WaitOptions, watchLimit } from "./cancellation";
import { nameOf } from "./constant-names";
import { AF_UNSPEC, EAI_NONAME, SOCK_STREAM } from "./constants";
import { interruptHeard, isInterrupted } from "./fairness";
import * as system from "./system";
import { resolverError, timeoutError } from "./system-error";

/** What getaddrinfo(3) is to look for; 0, or left out, is anything. */
export interface Hints {
  /** AF_INET or AF_INET6. */
  family?: number;
  /** SOCK_STREAM and so on. */
  type?: number;
  /** IPPROTO_TCP and so on. */
  proto?: number;
  /** AI_PASSIVE, AI_CANONNAME and the like, joined by `|`. */
  flags?: number;
}

/**
 * One way to reach a service: `socket(...info.slice(0, 3))` makes the socket that `connect(info[4])` connects. The
 * canonical name is empty unless AI_CANONNAME asked for it.
 */
export type AddressInfo = {
  /** From `start` 0 to `end` 3: the arguments of `socket`. */
  slice(start: 0, end: 3): [family: number, type: number, proto: number];
} & [
  family: number,
  type: number,
  proto: number,
  canonname: string,
  address: InetAddress | Inet6Address,
];

/**
 * All addresses of a host and service, in the order in which they should be tried (RFC 6724). Waits on a thread, so
 * that the notebook goes on meanwhile.
 *
 * @param host a name, a numeric address with its scope if it has one ("fe80::1%eth0"), or null: this machine's
 * loopback address, or with AI_PASSIVE the one that stands for all of its addresses
 * @param port a number, the name of a service ("http"), or null, which gives port 0
 * @throws Error with code EAI_NONAME, EAI_SERVICE and so on, as getaddrinfo(3) has them
 *
 * @example
 * for (const info of await getaddrinfo("localhost", 80, { family: AF_INET, type: SOCK_STREAM })) {
 *   console.log(info[4]); // [ '127.0.0.1', 80 ]
 * }
 */
export async function getaddrinfo(
  host: string | null,
  port: number | string | null,
  hints: Hints & WaitOptions = {},
): Promise<AddressInfo[]> {
  const { family = AF_UNSPEC, type = 0, proto = 0, flags = 0, signal, timeout } = hints;
  const question: Question = {
    host: host === null ? null : ascii(hostName(host)),
    service: serviceName(port),
    family: int(family, "family"),
    type: int(type, "type"),
    protocol: int(proto, "proto"),
    flags: int(flags, "flags"),
  };
  if (isInterrupted()) await interruptHeard();
  const found = await answer(question, limitOf({ signal, timeout }));
  const list = infosOf(found, host, port);
  return displayedAs(list, () => listBundle(list));
}

/** Such a list as a table, with names for its numbers. */
function listBundle(list: readonly AddressInfo[]): MimeBundle {
  const head = ["family", "type", "protocol", "canonical name", "address"];
  const rows = list.map(([family, type, proto, canonname, address]) => [
    nameOf("AF_", family),
    nameOf("SOCK_", type),
    nameOf("IPPROTO_", proto),
    canonname,
    printed(address),
  ]);
  return tableBundle(head, rows);
}

/** The first address of a host in this family: what `connect` and `bind` take. */
export async function lookup(
  host: string,
  family: number,
  limit: Limit,
): Promise<{ host: string; scopeid?: number | undefined }> {
  const question: Question = {
    host: ascii(host),
    service: null,
    family,
    type: SOCK_STREAM,
    protocol: 0,
    flags: 0,
  };
  const found = await answer(question, limit);
  const [[, , , , [numeric, , , scopeid]]] = infosOf(found, host, null);
  return scopeid ? { host: numeric, scopeid } : { host: numeric };
}

/** The name of this machine. */
export function gethostname(): string {
  return hostname();
}

/** What the resolver found: one address at least. An empty answer is that of a name that nobody knows. */
function infosOf(
  found: system.Found | number,
  host: string | null,
  port: string | number | null,
): [AddressInfo, ...AddressInfo[]] {
  if (typeof found === "number") throw timeoutError("getaddrinfo", found, host ?? "");
  if (!Array.isArray(found)) throw resolverError(found, host, port);
  const [first, ...others] = found.flatMap(({ family, type, protocol, canonname, name }) => {
    const address = decodeSockaddr(name);
    if (address === undefined || typeof address === "string") return [];
    return [[family, type, protocol, canonname, address] as AddressInfo];
  });
  if (!first) throw resolverError({ error: EAI_NONAME, failure: 0 }, host, port);
  return [first, ...others];
}

interface Question {
  host: string | null;
  service: string | null;
  family: number;
  type: number;
  protocol: number;
  flags: number;
}

/** A name in another script goes to the resolver in its ASCII form (RFC 5891). */
function ascii(host: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII
  return /^[\x00-\x7f]*$/.test(host) ? host : domainToASCII(host) || host;
}

function serviceName(port: unknown): string | null {
  if (port === null) return null;
  if (typeof port === "number") return String(integer(port, "the port", 0, 0xffff));
  if (typeof port === "string" && !port.includes("\0")) return port;
  throw new TypeError(`the port must be a number or the name of a service, not ${kindOf(port)}`);
}

// The resolver works on libuv's four threads, which reading files needs too, and a name server that does not answer
// keeps one for many seconds.
const AT_ONCE = 3;
let asking = 0;
const waiting = new Set<() => void>();

/** The answer, or after how many milliseconds there was none. What is no longer wanted is thrown away. */
function answer(question: Question, limit: Limit): Promise<system.Found | number> {
  const { signal, timeout } = limit;
  return new Promise((resolve, reject) => {
    const leave = () => {
      waiting.delete(ask);
      unwatchLimit?.();
    };
    const ask = () => {
      waiting.delete(ask);
      asking += 1;
      const answered = () => {
        asking -= 1;
        leave();
      };
      try {
        system.getaddrinfo(question.host, question.service, question, (found) => {
          answered();
          resolve(found);
          for (const next of waiting) if (asking < AT_ONCE) next();
        });
      } catch (error) {
        // It may be another look-up's turn to hear of it that has called this.
        answered();
        reject(error);
      }
    };
    // A call that must not wait for its socket still has to wait for the name.
    const unwatchLimit = watchLimit(
      { signal, timeout: timeout || undefined },
      {
        cancel(reason) {
          leave();
          reject(reason);
        },
        expire() {
          leave();
          resolve(timeout as number);
        },
      },
    );
    waiting.add(ask);
    if (asking < AT_ONCE) ask();
  });
}
