/**
 * Errors of the system, said so that a beginner can act on them.
 *
 * @module
 */

import { getSystemErrorName } from "node:util";
import { type Address, printed } from "./address";
import { EAI_SYSTEM } from "./constants";
import { getConstants } from "./names";
import { errno, gaiStrerror, strerror } from "./system";

/**
 * What a failed call throws, with the properties of Node's own system errors.
 *
 * @example
 * try {
 *   await sock.connect(["localhost", 10000]);
 * } catch (error) {
 *   if ((error as SystemError).code !== "ECONNREFUSED") throw error;
 * }
 */
export interface SystemError extends Error {
  /** The error's name in POSIX, such as "ECONNREFUSED", or for a name that was not found "EAI_NONAME". */
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
  port?: number;
}

/**
 * The error of a system call that returned `failure`, which is `-errno`.
 *
 * @param advice what to add to the system's words, instead of the advice that fits every such error
 */
export function systemError(
  failure: number,
  syscall: string,
  address?: Address,
  advice?: string,
): SystemError {
  const code = getSystemErrorName(failure);
  const hint = advice ?? ADVICE[`${syscall} ${code}`] ?? ADVICE[code];
  return made(code, failure, syscall, address, sentence(strerror(-failure), hint));
}

/** The error of a call whose time was up. */
export function timeoutError(syscall: string, seconds: number, address?: Address): SystemError {
  return made("ETIMEDOUT", -errno.ETIMEDOUT, syscall, address, `timed out after ${seconds} s`);
}

/** The error of a name or service that the resolver did not find. */
export function resolverError(
  found: { error: number; failure: number },
  host: string | null,
  port: number | string | null,
): SystemError {
  if (found.error === EAI_SYSTEM) return systemError(found.failure, "getaddrinfo", host ?? "");
  const code = getConstants("EAI_")[found.error] ?? `EAI_${found.error}`;
  const text = sentence(gaiStrerror(found.error), ADVICE[code]);
  const error = made(code, found.error, "getaddrinfo", undefined, `${host}, ${port}: ${text}`);
  return error;
}

function made(
  code: string,
  number: number,
  syscall: string,
  address: Address | undefined,
  text: string,
): SystemError {
  const where = address === undefined ? "" : ` ${printed(address)}`;
  const error: SystemError = Object.assign(new Error(`${syscall} ${code}${where}: ${text}`), {
    code,
    errno: number,
    syscall,
  });
  if (typeof address === "string") error.address = address;
  else if (address) [error.address, error.port] = address;
  // The frames of this module say nothing to the reader.
  Error.captureStackTrace(error, made);
  return error;
}

function sentence(words: string, hint: string | undefined): string {
  return hint ? `${words}. ${hint}` : words;
}

const ADVICE: Record<string, string | undefined> = {
  "connect ECONNREFUSED": "Nothing listens there: start the server first, or check host and port",
};
