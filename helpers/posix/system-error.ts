/**
 * Errors of the system, said so that a beginner can act on them.
 *
 * @module
 */

"use deferred interrupts";

import type { MimeBundle } from "../../interface/cell";
import { displayedAs, tableBundle } from "../show/display";
import { type Address, printed } from "./address";
import { nameOf } from "./constant-names";
import { EAI_SYSTEM } from "./constants";
import { errorName } from "./error-names";
import { errno, gaiStrerror, strerror } from "./system";

/**
 * What a failed call throws: an Error with the properties of Node's own system errors.
 *
 * @example
 * try {
 *   await sock.connect(["localhost", 10000]);
 * } catch (error) {
 *   if ((error as SystemError).code !== "ECONNREFUSED") throw error;
 * }
 */
export interface SystemError extends Error {
  /** The error's name in POSIX, such as "ECONNREFUSED"; for a name that was not found, "EAI_NONAME". */
  code: string;
  /**
   * Its number on this system, negated as in all of Node's errors: -111 for ECONNREFUSED on Linux, -61 on macOS. An
   * error of the resolver has the number that the system gives it.
   */
  errno: number;
  /** The call that failed. */
  syscall: string;
  /** The host, or the path of a Unix-domain socket, where the call had one. */
  address?: string;
  /** The port, where the call had one. */
  port?: number;
}

/** Whether a value that was thrown is the error of a system call or of the resolver. */
export function isSystemError(value: unknown): value is SystemError {
  return value instanceof Error && "syscall" in value && "code" in value;
}

/**
 * The error of a system call that returned `failure`, which is `-errno`.
 *
 * @param advice what to add to the system's words, instead of what is good advice for any such error
 */
export function systemError(
  failure: number,
  syscall: string,
  address?: Address,
  advice?: string,
): SystemError {
  const code = errorName(-failure);
  const hint = advice ?? ADVICE[`${syscall} ${code}`] ?? ADVICE[code];
  const error = made(code, failure, syscall, address, sentence(strerror(-failure), hint));
  return without(systemError, error);
}

/** The error of a call on a closed socket. */
export function closedError(syscall: string, why: string): SystemError {
  return without(closedError, made("EBADF", -errno.EBADF, syscall, undefined, why));
}

/** The error of a call whose time was up, after so many milliseconds. */
export function timeoutError(syscall: string, after: number, address?: Address): SystemError {
  const text = `timed out after ${Number((after / 1000).toFixed(3))} s`;
  return without(timeoutError, made("ETIMEDOUT", -errno.ETIMEDOUT, syscall, address, text));
}

/** The error of a name or service that the resolver did not find. */
export function resolverError(
  found: { error: number; failure: number },
  host: string | null,
  service: string | number | null,
): SystemError {
  const question = `${host ?? "this machine"}${service === null ? "" : `, ${service}`}`;
  const own = found.error !== EAI_SYSTEM;
  const code = own ? nameOf("EAI_", found.error) : errorName(-found.failure);
  const words = own ? gaiStrerror(found.error) : strerror(-found.failure);
  const number = own ? found.error : found.failure;
  const text = sentence(words, ADVICE[code]);
  const error = made(code, number, "getaddrinfo", undefined, text, ` ${question}`);
  if (host !== null) error.address = host;
  if (typeof service === "number") error.port = service;
  return without(resolverError, error);
}

function made(
  code: string,
  number: number,
  syscall: string,
  address: Address | undefined,
  text: string,
  where = address === undefined ? "" : ` ${printed(address)}`,
): SystemError {
  const error = new Error(`${syscall} ${code}${where}: ${text}`);
  const details =
    typeof address === "string"
      ? { address }
      : address && { address: address[0], port: address[1] };
  Object.assign(error, { code, errno: number, syscall, ...details });
  return displayedAs(error as SystemError, () => errorBundle(error as SystemError));
}

/** What the error says, part by part, without where in the program it came from. */
function errorBundle({ code, errno, syscall, address, port, message }: SystemError): MimeBundle {
  const rows = [
    ["error", code],
    ["number", String(errno)],
    ["call", syscall],
    ...(address === undefined ? [] : [["address", address]]),
    ...(port === undefined ? [] : [["port", String(port)]]),
    ["message", message],
  ];
  return tableBundle(["", ""], rows);
}

/** The frames of this module say nothing to the reader. */
function without<E extends Error>(maker: (...args: never[]) => E, error: E): E {
  Error.captureStackTrace(error, maker);
  return error;
}

function sentence(words: string, hint: string | undefined): string {
  if (!hint) return words;
  return `${words}. ${hint}${hint.endsWith("?") ? "" : "."}`;
}

/** What to do about an error, by its code, or by call and code. */
const ADVICE: Record<string, string | undefined> = {
  EACCES: "The system does not allow this to your user",
  EADDRNOTAVAIL: "This machine has no such address, or no free port of its own for the connection",
  EAFNOSUPPORT: "This system has no sockets of that family, or the address is of another one",
  EAGAIN: "The call would have to wait, and must not",
  ECONNABORTED: "The other side gave up before the connection was accepted",
  ECONNRESET:
    "The other side broke the connection off: its program ended, or closed it without reading everything",
  EDESTADDRREQ: "Say where to: connect first, or use sendto",
  EHOSTUNREACH: "No way leads to that host",
  EINPROGRESS: "The attempt goes on: connect again, in a way that may wait, to see how it went",
  EISCONN: "A socket connects once: make a new one",
  EMFILE: "This program has too many descriptors open: close some",
  EMSGSIZE: "A datagram must be shorter",
  ENETUNREACH: "No way leads to that network",
  ENOTCONN:
    "Connect the socket first, or accept a connection and use that. If it was connected, the connection is over: reset, or ended by both sides",
  EOPNOTSUPP: "A socket of this type, or in this state, does not do that",
  EPIPE:
    "The other side has closed the connection, this side has shut it down, or it was never connected: nothing can be sent",
  EPROTONOSUPPORT: "That family and type have no such protocol",
  ESOCKTNOSUPPORT: "That family has no such type of socket",
  EPROTOTYPE: "The two sockets are not of the same type, or the protocol does not fit the type",
  ETIMEDOUT: "The other side does not answer",
  EAI_AGAIN: "No name server answered: is there a network?",
  EAI_FAMILY: "This system does not know that family",
  EAI_NONAME: "No host of that name is known here: check the spelling",
  EAI_SERVICE: "No service of that name is known here for this type of socket: give its number",
  EAI_SOCKTYPE: "That family has no such type of socket",
  "accept EINVAL": "The socket does not listen: call bind and listen first",
  "bind EACCES":
    "A port below 1024 is for the administrator only, and a path must lie in a directory that you may write to",
  "bind EINVAL": "The socket has its address already, or the address is not one of its family",
  "bind ENOENT": "The directory of that path does not exist",
  "connect ECONNREFUSED": "Nothing listens there: start the server first, or check the address",
  "connect EINVAL": "The address is not one to connect to, as a link-local one without its scope",
  "connect ENOENT": "No socket has that path: start the server first, or check the path",
  "getsockopt ENOPROTOOPT": "That level has no such option",
  "sendto EACCES": "To send to a broadcast address, set SO_BROADCAST first",
  "setsockopt EINVAL": "The value is not one that the option takes",
  "setsockopt ENOPROTOOPT": "That level has no such option",
};
