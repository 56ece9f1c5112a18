/**
 * What to do about an error, by the call that failed and by what its socket has done.
 *
 * @module
 */

"use deferred interrupts";

import { statSync } from "node:fs";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { type Address, printed } from "./address";
import { isHeld, isOn, whoHolds } from "./address-holder";
import { nameOf } from "./constant-names";
import {
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  MSG_OOB,
  SO_BROADCAST,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "./constants";
import type { History } from "./socket-history";

/** What is known of a call that has failed, beside its name and address. */
export interface Circumstances {
  /** The past of the socket, where the call was made on one. */
  readonly history?: History | undefined;
  /** MSG_OOB and the like. */
  readonly flags?: number | undefined;
  /** The numeric form of the address that was asked for. */
  readonly wanted?: Address | undefined;
}

/** A call that has failed. */
interface Situation extends Circumstances {
  readonly syscall: string;
  readonly address?: Address | undefined;
}

/** A sentence, or what finds it; undefined where there is nothing to say. */
type Advice = string | ((situation: Situation) => string | undefined);

/**
 * What to do about an error, without the last full stop. Whatever fails while its cause is looked for, the error
 * itself is what the reader gets.
 */
export function adviceFor(code: string, situation: Situation): string | undefined {
  const advice = ADVICE[`${situation.syscall} ${code}`] ?? ADVICE[code];
  if (typeof advice !== "function") return advice;
  try {
    return advice(situation);
  } catch {
    return undefined;
  }
}

/** What the resolver says of a host that it has not found, with or without a network. */
const NOT_FOUND = new Set(["EAI_ADDRFAMILY", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME"]);

/** What to do where the resolver has failed: what was asked for may be no host at all. */
export function adviceForHost(
  code: string,
  host: string | null,
  service: string | number | null,
): string | undefined {
  const asked = { syscall: "getaddrinfo" };
  if (host === null || !NOT_FOUND.has(code)) return adviceFor(code, asked);
  // A numeric host needs no name server, so it is the service that was not found.
  if (isIP(host) !== 0 && typeof service === "string") return adviceFor("EAI_SERVICE", asked);
  return formOf(host) ?? adviceFor(code, asked);
}

/** What a text is that is no name of a host, and how it is to be written. */
function formOf(host: string): string | undefined {
  if (host === "") return "The empty host is no name: null stands for this machine";
  const version = isIP(host);
  if (version !== 0) {
    const family = version === 6 ? "AF_INET6" : "AF_INET";
    return `That is an address of IPv${version}: take ${family} for it`;
  }
  const [, name] = /^[a-z][a-z\d+.-]*:\/\/(?:[^/@]*@)?([^/:?#]*)/i.exec(host) ?? [];
  if (name !== undefined) return `A host is a name alone, not a URL: ${JSON.stringify(name)}`;
  const [, before, port] = /^(.+):(\d+)$/.exec(host) ?? [];
  const bare = (before ?? host).replace(/^\[(.*)\]$/, "$1");
  if (port !== undefined) return `The port stands beside the host: ${pair(bare, port)}`;
  if (bare !== host) return `An address of IPv6 stands without brackets: ${JSON.stringify(bare)}`;
  if (/[\s/]/.test(host)) return "A host is a name alone, without a path or a space";
  return undefined;
}

function pair(host: string, port: string): string {
  return `[${JSON.stringify(host)}, ${port}]`;
}

const NOTHING_LISTENS = "Nothing listens there: start the server first, or check the address";
const NO_PATH = "No socket has that path: start the server first, or check the path";
const USE_ANOTHER = "The socket listens: take another one to connect";
const NO_URGENT_OCTET =
  "There is no urgent octet to read: none was sent, it has been read, or SO_OOBINLINE keeps it among the others";
const WITHOUT_SCOPE =
  "A link-local address needs the number of its interface as scope: [host, port, 0, scopeid]";

const ADVICE: Record<string, Advice | undefined> = {
  EACCES: ({ address, history }) => {
    const to = address ?? history?.peer;
    if (history?.owner.family === AF_UNIX) return "Your user may not write to that path";
    if (history && isBroadcast(to) && !isOn(history.owner, SOL_SOCKET, SO_BROADCAST))
      return "That is a broadcast address: set SO_BROADCAST first";
    return "The system does not allow this to your user";
  },
  EADDRNOTAVAIL: "This machine has no such address",
  EAFNOSUPPORT: "This system has no sockets of that family, or the address is of another one",
  EAGAIN: "The call would have to wait, and must not",
  ECONNABORTED: "The other side gave up before the connection was accepted",
  ECONNREFUSED: ({ history }) => {
    if (history?.owner.type === SOCK_STREAM) return `connect has failed. ${NOTHING_LISTENS}`;
    const peer = history?.peer;
    const there = peer === undefined ? "where this socket is connected to" : `at ${printed(peer)}`;
    return `Nobody receives ${there}: start the other side first, or check the address`;
  },
  ECONNRESET: ({ history }) => {
    const said = "The other side broke the connection off";
    if (!history) return said;
    const { isConnected, failure } = history.past;
    if (!isConnected)
      return failure
        ? failedAttempt(failure)
        : "The attempt to connect was given up: connect again";
    const causes = causesOfReset(history);
    return causes.length > 0 ? `${said}: ${alternatives(causes)}` : said;
  },
  EDESTADDRREQ: "Say where to: connect first, or use sendto",
  EHOSTUNREACH: "No way leads to that host",
  EINPROGRESS: "The attempt goes on: connect again, in a way that may wait, to see how it went",
  EISCONN: "The socket is connected: use send",
  EMFILE: "This program has too many descriptors open: close some",
  EMSGSIZE: "A datagram must be shorter",
  ENETUNREACH: ({ address, history }) => {
    const isStream = history?.owner.type === SOCK_STREAM;
    if (isMulticast(address) && !isStream)
      return "No way leads to that group: name an interface by IP_MULTICAST_IF";
    if (isStream && (isMulticast(address) || isBroadcast(address)))
      return "TCP connects two sides, and that address stands for many: take a socket of SOCK_DGRAM";
    if (history && isMapped(address) && isOn(history.owner, IPPROTO_IPV6, IPV6_V6ONLY))
      return "That is an address of IPv4, and the socket has set IPV6_V6ONLY";
    return "No way leads to that network";
  },
  ENODEV: "There is no such interface",
  ENOTCONN: ({ history }) => {
    if (!history) return undefined;
    const { isListening, isConnected, failure } = history.past;
    if (isListening) return "The socket listens: use a connection that accept gives";
    if (isConnected)
      return overSince(history) ?? "The connection is over: reset, or ended by both sides";
    if (failure) return failedAttempt(failure);
    return history.owner.type === SOCK_DGRAM
      ? "Connect the socket first"
      : "Connect the socket first, or accept a connection and use that";
  },
  ENOTDIR: "A part of that path is no directory",
  EOPNOTSUPP: "A socket of this type, or in this state, does not do that",
  EPERM: "The system allows this to the administrator only",
  EPIPE: ({ history }) => {
    if (!history) return undefined;
    const { isListening, isConnected, hasShut, failure } = history.past;
    if (isListening) return "The socket listens: send on a connection that accept gives";
    if (hasShut) return "This side has ended its sending by shutdown: nothing more can be sent";
    if (!isConnected)
      return failure ? failedAttempt(failure) : "The socket was never connected: connect it first";
    return (
      overSince(history) ?? "The other side has closed the connection: nothing more can be sent"
    );
  },
  EPROTONOSUPPORT: "That family and type have no such protocol",
  EPROTOTYPE: "The two sockets are not of the same type, or the protocol does not fit the type",
  ESOCKTNOSUPPORT: "That family has no such type of socket",
  ETIMEDOUT:
    "The other side has not answered for so long that the system has given the connection up: make a new one",
  EAI_AGAIN: "No name server answered: is there a network?",
  EAI_FAMILY: "This system does not know that family",
  EAI_NONAME: "No host of that name is known here: check the spelling",
  EAI_SERVICE: "No service of that name is known here for this type of socket: give its number",
  EAI_SOCKTYPE: "That family has no such type of socket",
  "accept EINVAL": ({ history }) => {
    if (history?.past.isListening) return "The socket listens no more: shutdown has ended that";
    return history?.past.isConnected
      ? "The socket is a connection itself: accept on the one that listens"
      : "The socket does not listen: call bind and listen first";
  },
  "accept EOPNOTSUPP": ({ history }) =>
    `A socket of ${typeOf(history)} has no connections: use recvfrom`,
  "bind EACCES": ({ history }) =>
    history?.owner.family === AF_UNIX
      ? "The path must lie in a directory that you may write to"
      : "A port below 1024 is for the administrator only",
  "bind EADDRINUSE": inUse,
  "bind EINVAL": ({ address, history }) => {
    if (isLinkLocal(address)) return WITHOUT_SCOPE;
    const has = history?.local;
    return isNamed(has)
      ? `The socket has its address already: ${printed(has)}`
      : "The address is not one to bind to";
  },
  "bind ENOENT": "The directory of that path does not exist",
  "connect EADDRINUSE": fourParts,
  "connect EADDRNOTAVAIL": fourParts,
  "connect EAGAIN": ({ history }) =>
    history?.owner.family === AF_UNIX
      ? "The server's queue is full: it has to accept first"
      : "This machine has no free port left for the connection",
  "connect ECONNREFUSED": ({ address }) => {
    if (typeof address === "string") return pathRefused(address);
    const [host, port] = address ?? [undefined, undefined];
    if (port === 0)
      return "No server has port 0, by which bind asks for a free one: take the one that getsockname gives";
    if (host === "" || host === "0.0.0.0" || host === "::")
      return `To ${host === "" ? "connect to the empty host" : `connect to ${host}`} is to connect to this machine, and nothing listens at that port of it: start the server first, or name its host`;
    return NOTHING_LISTENS;
  },
  "connect EINVAL": ({ address, history }) => {
    if (history?.past.isListening) return USE_ANOTHER;
    if (address === "") return "The empty path is no address: name the server's";
    if (isLinkLocal(address)) return WITHOUT_SCOPE;
    const from = history?.local;
    return isNamed(from)
      ? `No way leads there from ${printed(from)}, to which this socket is bound`
      : "The address is not one to connect to";
  },
  "connect EISCONN": ({ history }) =>
    history?.past.isListening ? USE_ANOTHER : "A socket connects once: make a new one",
  "connect ENOENT": NO_PATH,
  "connect ETIMEDOUT":
    "Nothing answers there: check the address, and whether a firewall lets it through",
  "getsockopt ENOPROTOOPT": "That level has no such option",
  "getsockopt EOPNOTSUPP": "This socket has no options of that level",
  "listen EADDRINUSE": inUse,
  "listen EINVAL": ({ history }) =>
    history?.past.isConnected
      ? "The socket is a connection: make a new one to listen"
      : "Bind the socket first",
  "listen EOPNOTSUPP": ({ history }) =>
    `A socket of ${typeOf(history)} does not listen: once it is bound, recvfrom receives`,
  "recv EINVAL": urgent,
  "recvfrom EINVAL": urgent,
  "send EOPNOTSUPP": noUrgentOctets,
  "sendto ECONNREFUSED": ({ address }) =>
    typeof address === "string" ? pathRefused(address) : NOTHING_LISTENS,
  "sendto EINVAL": ({ address }) =>
    typeof address === "object" && address[1] === 0 ? "No socket has port 0" : undefined,
  "sendto ENOENT": NO_PATH,
  "sendto EOPNOTSUPP": (situation) =>
    noUrgentOctets(situation) ??
    "A stream has its address by connect: connect first, then use send",
  "setsockopt EADDRINUSE": "The socket is a member of that group already",
  "setsockopt EADDRNOTAVAIL": "The socket is not a member of that group",
  "setsockopt EINVAL": "The value is not one that the option takes",
  "setsockopt ENOENT": "This system has nothing of that name",
  "setsockopt ENOPROTOOPT": "That level has no such option",
  "shutdown EINVAL": "Say how: SHUT_RD, SHUT_WR or SHUT_RDWR",
  "socket EINVAL": "There is no such type of socket",
};

function inUse({ wanted, history }: Situation): string | undefined {
  return history && wanted !== undefined ? whoHolds(history.owner, wanted) : undefined;
}

/** What names a connection is its two addresses, and no other may have the same (RFC 9293, section 3.4). */
function fourParts({ address, history }: Situation): string {
  const from = history?.local;
  return isNamed(from) && address !== undefined
    ? `A connection from ${printed(from)} to there exists already, or has ended less than a minute ago: bind another port`
    : "This machine has no address to reach that one from, or no free port left for a connection to it";
}

function pathRefused(path: string): string {
  if (path.startsWith("\0")) return NOTHING_LISTENS;
  if (!statSync(path).isSocket()) return "That file is no socket: check the path";
  return isHeld(path)
    ? "A program has that path, and does not listen yet"
    : "No program has that path any more: start the server again, which has to delete the file first";
}

/**
 * Why a connection may have been reset, as far as it fits what its socket has done. That the program at the other side has
 * ended is no cause by itself: the system then closes for it.
 */
function causesOfReset({ owner, past, local }: History): string[] {
  const { hasSent, hasReceived, hasConnected } = past;
  const isInternet = owner.family !== AF_UNIX;
  return [
    ...(hasSent ? ["it closed without reading all that it was sent"] : []),
    ...(hasConnected && !hasReceived ? ["it stopped listening before it accepted this one"] : []),
    ...(isInternet ? ["it had set SO_LINGER to a time of 0 when it closed"] : []),
    ...(isInternet && !isLoopback(local) ? ["its machine was started anew"] : []),
  ];
}

function overSince({ past: { failure } }: History): string | undefined {
  return (
    failure && `The connection is over since ${failure.syscall} has failed with ${failure.code}`
  );
}

function failedAttempt({ code }: { readonly code: string }): string {
  return `There is no connection: connect has failed with ${code}`;
}

function urgent({ flags = 0 }: Situation): string | undefined {
  return flags & MSG_OOB ? NO_URGENT_OCTET : undefined;
}

function noUrgentOctets({ flags = 0, history }: Situation): string | undefined {
  return flags & MSG_OOB ? `A socket of ${typeOf(history)} has no urgent octets` : undefined;
}

function typeOf(history: History | undefined): string {
  return history ? nameOf("SOCK_", history.owner.type) : "this type";
}

/** Whether it is the address of a bound socket. */
function isNamed(address: Address | undefined): address is Address {
  return typeof address === "string" ? address !== "" : address !== undefined && address[1] !== 0;
}

function isLinkLocal(address: Address | undefined): boolean {
  return typeof address === "object" && /^fe[89ab]/i.test(address[0]) && !address[3];
}

function isLoopback(address: Address | undefined): boolean {
  return typeof address === "object" && /^(?:::ffff:)?127\.|^::1$/.test(address[0]);
}

function isMapped(address: Address | undefined): boolean {
  return typeof address === "object" && /^::ffff:[\d.]+$/i.test(address[0]);
}

/** Whether it is an address of many machines, which have joined it: 224.0.0.0/4 or ff00::/8. */
function isMulticast(address: Address | undefined): boolean {
  return typeof address === "object" && /^(?:22[4-9]|23\d)\.|^ff..:/i.test(address[0]);
}

/** Whether it is the address of all machines of a network: of any, or of one that this machine is in. */
function isBroadcast(address: Address | undefined): boolean {
  if (typeof address !== "object") return false;
  const [host] = address;
  if (host === "<broadcast>" || host === "255.255.255.255") return true;
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .some(({ family, address, netmask }) => family === "IPv4" && lastOf(address, netmask) === host);
}

/** The last address of the network that this one of IPv4 is in. */
function lastOf(address: string, netmask: string): string {
  const mask = netmask.split(".").map(Number);
  return address
    .split(".")
    .map((octet, at) => Number(octet) | (~mask[at] & 255))
    .join(".");
}

function alternatives(parts: readonly string[]): string {
  const last = parts[parts.length - 1];
  return parts.length > 1 ? `${parts.slice(0, -1).join(", ")}, or ${last}` : last;
}
