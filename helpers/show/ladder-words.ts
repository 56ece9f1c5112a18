/**
 * How a ladder writes what a call was asked, what it gave, and what it moved.
 *
 * @module
 */

"use deferred interrupts";

import { repr } from "../posix/bytes";
import { bitNames } from "../posix/constant-names";
import type { Call } from "../record/call";
import type { SocketRecord } from "../record/record";
import { counted, thousands } from "./quantities";

const SENDING = new Set(["send", "sendall", "sendto"]);
const RECEIVING = new Set(["recv", "recvInto", "recvfrom"]);

export function isSending({ name }: Call): boolean {
  return SENDING.has(name);
}

export function isReceiving({ name }: Call): boolean {
  return RECEIVING.has(name);
}

export function asked({ name, asked, flags }: Call): string {
  const bits = flags === 0 ? "" : `, ${bitNames("MSG_", flags)}`;
  if (typeof asked !== "number") return `${name}(${asked ?? ""}${bits})`;
  return `${name}(${name === "listen" ? asked : amount(asked)}${bits})`;
}

export function result(call: Call): string | undefined {
  if (call.error !== undefined) return call.error;
  if (isReceiving(call)) return isEndOfStream(call) ? "end of stream" : size(call.octets ?? 0);
  if (call.peer !== undefined) return call.peer;
  const isPart = isSending(call) && call.octets !== undefined && call.octets !== call.asked;
  return isPart ? `${size(call.octets ?? 0)} taken` : undefined;
}

export function isEndOfStream({ octets, asked }: Call): boolean {
  return octets === 0 && asked !== 0;
}

export function moved(octets: number, call: Call): string {
  return `${size(octets)} ${literal(call)}`;
}

/** The first octets as Python writes them, with dots where there are more. */
export function literal({ head = "", octets = 0 }: { head?: string; octets?: number }): string {
  const text = repr(Buffer.from(head, "latin1"));
  return head.length < octets ? `${text.slice(0, -1)}…` : text;
}

/** Why a `close` sends RST, or undefined where it sends FIN. */
export function whyReset({ unread, resets }: SocketRecord): string | undefined {
  if (resets) return "SO_LINGER 0";
  return unread > 0 ? `${thousands(unread)} unread` : undefined;
}

/** "1 octet", "65,536 octets". */
export function size(octets: number): string {
  return counted(octets, "octet", thousands(octets));
}

/** A number that was asked for, in short. */
function amount(number: number): string {
  if (number >= 2 ** 20 && number % 2 ** 20 === 0) return `${number / 2 ** 20} MiB`;
  return number >= 1024 && number % 1024 === 0 ? `${number / 1024} KiB` : thousands(number);
}
