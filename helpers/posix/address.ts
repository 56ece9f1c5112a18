/**
 * Addresses as the texts write them, and as the system has them (`struct sockaddr`, see ip(7), ipv6(7), unix(7)).
 *
 * @module
 */

"use deferred interrupts";

import { int, integer, kindOf } from "./arguments";
import { Bytes, octetsOf } from "./bytes";
import { AF_INET, AF_INET6, AF_UNIX } from "./constants";
import { isDarwin, isLittleEndian } from "./platform";
import * as system from "./system";

/** The address of an IPv4 socket. The empty host stands for all of this machine's addresses. */
export type InetAddress = [host: string, port: number];

/** The address of an IPv6 socket. A link-local host needs the number of its interface as scope. */
export type Inet6Address = [host: string, port: number, flowinfo: number, scopeid: number];

/**
 * The address of a Unix-domain socket: a path, or on Linux a name that begins with "\0" and is no file. The empty
 * string is the address of a socket that has none.
 */
export type UnixAddress = string;

/** Any address, as the calls take it. An IPv6 one may leave out flowinfo and scope, which are 0 then. */
export type Address =
  | UnixAddress
  | readonly [host: string, port: number]
  | readonly [host: string, port: number, flowinfo: number, scopeid?: number];

/** The form in which the calls give the addresses of sockets of this family. */
export type AddressOf<Family extends number> = Family extends typeof AF_INET
  ? InetAddress
  : Family extends typeof AF_INET6
    ? Inet6Address
    : Family extends typeof AF_UNIX
      ? UnixAddress
      : InetAddress | Inet6Address | UnixAddress;

const SUN_PATH = isDarwin ? 104 : 108;

/** An address whose shape has been checked. Each property of what the caller passed has been read once. */
export interface Host {
  host: string;
  port: number;
  flowinfo: number;
  scopeid: number;
}

/** @throws TypeError or RangeError unless the address has the form that its family asks for. */
export function checkHost(family: number, address: unknown): Host {
  const most = family === AF_INET6 ? 4 : 2;
  const form = most === 4 ? "[host, port, flowinfo?, scopeid?]" : "[host, port]";
  const parts = Array.isArray(address) ? Array.from<unknown>(address) : undefined;
  if (!parts || parts.length < 2 || parts.length > most) throw noAddress(form, address);
  const [host, port, flowinfo, scopeid] = parts;
  return {
    host: hostName(host),
    port: integer(port, "the port", 0, 0xffff),
    flowinfo: integer(flowinfo ?? 0, "flowinfo", 0, 0xfffff),
    scopeid: integer(scopeid ?? 0, "scopeid", 0, 0xffffffff),
  };
}

/** The error of an address that has another form: a host and port of which Node's functions make arguments, or one text. */
export function noAddress(form: string, address: unknown): TypeError {
  const text = `the address must be ${form}, not ${kindOf(address)}`;
  if (typeof address === "number") return new TypeError(`${text}: write ["localhost", ${address}]`);
  if (typeof address !== "string") return new TypeError(text);
  const [, host, port] = /^\[?([^:]+|.*(?=\]))\]?:(\d+)$/.exec(address) ?? ["", address, "port"];
  return new TypeError(`${text}: write [${JSON.stringify(host)}, ${port}]`);
}

/** @throws TypeError or RangeError unless the address has the form that its family asks for. */
export function checkAddress(family: number, address: unknown): void {
  if (family === AF_UNIX) encodePath(address);
  else if (family === AF_INET || family === AF_INET6) checkHost(family, address);
}

/** @throws TypeError unless `host` is a string that C can hold. */
export function hostName(host: unknown): string {
  if (typeof host !== "string")
    throw new TypeError(`the host must be a string, not ${kindOf(host)}`);
  if (host.includes("\0")) throw new TypeError("the host must not contain a NUL character");
  return host;
}

/** The sockaddr of a numeric host, or undefined where the host is a name that has to be looked up. */
export function encodeHost(family: number, address: Host): Uint8Array | undefined {
  const { host, port, flowinfo, scopeid } = address;
  const octets = sockaddr(family, family === AF_INET6 ? 28 : 16);
  octets[2] = port >> 8;
  octets[3] = port;
  if (family === AF_INET6) {
    const view = new DataView(octets.buffer, octets.byteOffset);
    view.setUint32(4, flowinfo);
    view.setUint32(24, scopeid, isLittleEndian);
    return host === "" || system.inetPton(AF_INET6, host, octets.subarray(8, 24))
      ? octets
      : undefined;
  }
  const numbers = octets.subarray(4, 8);
  if (host === "<broadcast>") numbers.fill(255);
  else if (host !== "" && !system.inetPton(AF_INET, host, numbers)) return undefined;
  return octets;
}

/** @throws TypeError or RangeError unless the path is one. */
export function encodePath(path: unknown): Uint8Array {
  if (typeof path !== "string") {
    throw new TypeError(`the address of an AF_UNIX socket is its path, not ${kindOf(path)}`);
  }
  const name = Buffer.from(path);
  // A name without a file ends where the length says, a path at its NUL character.
  const abstract = !isDarwin && (name.length === 0 || name[0] === 0);
  if (!abstract && name.includes(0))
    throw new TypeError("the path must not contain a NUL character");
  const length = abstract ? name.length : name.length + 1;
  if (length > SUN_PATH) {
    throw new RangeError(`the path must have at most ${SUN_PATH - 1} octets, not ${name.length}`);
  }
  const octets = sockaddr(AF_UNIX, 2 + length);
  octets.set(name, 2);
  return octets;
}

function sockaddr(family: number, length: number): Uint8Array<ArrayBuffer> {
  const octets = Buffer.allocUnsafe(length).fill(0);
  if (isDarwin) octets[0] = length;
  octets[isDarwin || !isLittleEndian ? 1 : 0] = family;
  return octets;
}

/** The address in a sockaddr; undefined where the system gave none, or one of another family. */
export function decodeSockaddr(
  octets: Uint8Array,
): InetAddress | Inet6Address | UnixAddress | undefined {
  if (octets.byteLength < 2) return undefined;
  const family = octets[isDarwin || !isLittleEndian ? 1 : 0];
  const port = octets[2] * 256 + octets[3];
  if (family === AF_INET) {
    return [`${octets[4]}.${octets[5]}.${octets[6]}.${octets[7]}`, port];
  }
  if (family === AF_INET6) {
    const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    const host = system.inetNtop(AF_INET6, octets.subarray(8, 24));
    return [host, port, view.getUint32(4), view.getUint32(24, isLittleEndian)];
  }
  if (family === AF_UNIX) return path(octets.subarray(2));
  return undefined;
}

function path(name: Uint8Array): string {
  const abstract = !isDarwin && name[0] === 0;
  const end = abstract ? -1 : name.indexOf(0);
  return Buffer.from(end < 0 ? name : name.subarray(0, end)).toString();
}

/** The address of a socket of this family that has none. */
export function unspecified(family: number): InetAddress | Inet6Address | UnixAddress {
  if (family === AF_UNIX) return "";
  return family === AF_INET6 ? ["", 0, 0, 0] : ["", 0];
}

/** Whether two sockets cannot both have these addresses: the same, or one stands for all of this machine's. */
export function overlap(one: Address, other: Address): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other && one !== "";
  const [host, port] = one;
  return port === other[1] && (host === other[0] || ANY.has(host) || ANY.has(other[0]));
}

const ANY = new Set(["", "0.0.0.0", "::"]);

/** The address as people write it: `127.0.0.1:10000`, `[fe80::1%2]:10000`, `/run/echo`, `@name`. */
export function printed(address: Address): string {
  if (typeof address === "string") return address.replace(/^\0/, "@");
  const [host, port, , scopeid] = address;
  return host.includes(":")
    ? `[${host}${scopeid ? `%${scopeid}` : ""}]:${port}`
    : `${host}:${port}`;
}

/**
 * The 4 octets of an IPv4 address, whose `host` is in any form that inet(3) knows: "127.0.0.1", "127.1", "0x7f000001".
 *
 * @throws RangeError where the text is none
 */
export function inetAton(host: string): Bytes {
  const octets = new Bytes(4);
  // glibc takes anything that follows a space.
  if (/\s/.test(hostName(host)) || !system.inetAton(host, octets)) throw notNumeric(host);
  return octets;
}

/** The text of the 4 octets of an IPv4 address. */
export function inetNtoa(octets: Uint8Array): string {
  return inetNtop(AF_INET, octets);
}

/**
 * The octets of a numeric address: 4 of AF_INET, 16 of AF_INET6.
 *
 * @param family AF_INET or AF_INET6
 * @param host "127.0.0.1", or "::1"
 * @throws RangeError where the text is none
 */
export function inetPton(family: typeof AF_INET | typeof AF_INET6, host: string): Bytes {
  const octets = new Bytes(lengthOf(family));
  if (!system.inetPton(family, hostName(host), octets)) throw notNumeric(host);
  return octets;
}

/**
 * The text of the octets of an address.
 *
 * @param family AF_INET or AF_INET6
 * @throws RangeError unless they are 4 of AF_INET or 16 of AF_INET6
 */
export function inetNtop(family: typeof AF_INET | typeof AF_INET6, octets: Uint8Array): string {
  const length = lengthOf(family);
  const address = octetsOf(octets, "the octets");
  if (address.byteLength !== length) {
    throw new RangeError(`the address must have ${length} octets, not ${address.byteLength}`);
  }
  return system.inetNtop(family, address);
}

function lengthOf(family: number): number {
  if (int(family, "family") === AF_INET) return 4;
  if (family === AF_INET6) return 16;
  throw new RangeError(`the family must be AF_INET or AF_INET6, not ${family}`);
}

function notNumeric(host: string): RangeError {
  return new RangeError(`${JSON.stringify(host)} is not a numeric address`);
}
