/**
 * Errors of the system, said so that a beginner can act on them.
 *
 * @module
 */

"use deferred interrupts";

import type { MimeBundle } from "../../interface/cell";
import { displayedAs, tableBundle } from "../show/display";
import { type Address, printed } from "./address";
import { adviceFor, adviceForHost, type Circumstances } from "./advice";
import { nameOf } from "./constant-names";
import { EAI_SYSTEM } from "./constants";
import { errorName } from "./error-names";
import { errno, gaiStrerror, strerror } from "./system";

/**
 * What a failed call throws: an Error with the properties of Node's own system errors.
 *
 * Where the time is up that the caller has set, by `timeout` or `settimeout`, its `name` is "TimeoutError", as that of
 * AbortSignal.timeout's reason: the call has done nothing, and the connection stands. (`connect` has ended its attempt.)
 * ETIMEDOUT with the name "Error" is the system's: the other side has not answered for too long, and the connection is
 * over.
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
 * The error of a system call that returned `failure`, which is `-errno`; the past of its socket has it from now on.
 *
 * @param circumstances what else is known of the call, on which the advice depends
 */
export function systemError(
  failure: number,
  syscall: string,
  address?: Address,
  circumstances?: Circumstances,
): SystemError {
  const code = errorName(-failure);
  const advice = adviceFor(code, { ...circumstances, syscall, address });
  circumstances?.history?.failed(syscall, code);
  const error = made(code, failure, syscall, address, sentence(strerror(-failure), advice));
  return without(systemError, error);
}

/** The error of a call on a closed socket. */
export function closedError(syscall: string, why: string): SystemError {
  return without(closedError, made("EBADF", -errno.EBADF, syscall, undefined, why));
}

/** The error of a call whose own time was up, after so many milliseconds: the caller's limit, not the system's. */
export function timeoutError(syscall: string, after: number, address?: Address): SystemError {
  const text = `timed out after ${Number((after / 1000).toFixed(3))} s`;
  const error = made("ETIMEDOUT", -errno.ETIMEDOUT, syscall, address, text);
  Object.defineProperty(error, "name", { value: "TimeoutError" });
  return without(timeoutError, error);
}

/** The error of a name or service that the resolver did not find. */
export function resolverError(
  found: { error: number; failure: number },
  host: string | null,
  service: string | number | null,
): SystemError {
  const question = service === null ? (host ?? "this machine") : askedFor(host, service);
  const own = found.error !== EAI_SYSTEM;
  const code = own ? nameOf("EAI_", found.error) : errorName(-found.failure);
  const words = own ? gaiStrerror(found.error) : strerror(-found.failure);
  const number = own ? found.error : found.failure;
  const text = sentence(words, adviceForHost(code, host, service));
  const error = made(code, number, "getaddrinfo", undefined, text, ` ${question}`);
  if (host !== null) error.address = host;
  if (typeof service === "number") error.port = service;
  return without(resolverError, error);
}

/** A host and service as people write them, where the host null stands for this machine. */
export function askedFor(host: string | null, service: string | number): string {
  return host === null ? `this machine, ${service}` : printed([host, service as number]);
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
