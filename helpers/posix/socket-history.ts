/**
 * What has become of a socket so far, as far as the advice of an error depends on it: where a connection is over, the
 * system itself no longer knows that there was one.
 *
 * @module
 */

"use deferred interrupts";

import { type Address, decodeSockaddr } from "./address";
import type { Owner } from "./address-holder";
import { SHUT_RD, SOCK_STREAM } from "./constants";
import * as system from "./system";

/** Errors after which a connection is over, or an attempt to connect. */
const FATAL = new Set([
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
]);

/** What has happened to a socket. */
interface Past {
  isListening: boolean;
  /** Whether it has had a connection, as far as is known: one may come after EINPROGRESS. */
  isConnected: boolean;
  /** Whether it has that by `connect`, and not by `accept`. */
  hasConnected: boolean;
  hasSent: boolean;
  hasReceived: boolean;
  /** Whether this side has ended its sending by `shutdown`. */
  hasShut: boolean;
  /** The error that has ended the connection, or the attempt to connect. */
  failure: { readonly syscall: string; readonly code: string } | undefined;
}

/** Nothing yet. */
const FRESH: Readonly<Past> = {
  isListening: false,
  isConnected: false,
  hasConnected: false,
  hasSent: false,
  hasReceived: false,
  hasShut: false,
  failure: undefined,
};

/** The past of one socket, which the advice of its errors rests on. */
export class History {
  readonly owner: Owner;
  #past: Past = { ...FRESH };

  constructor(owner: Owner) {
    this.owner = owner;
  }

  get past(): Readonly<Past> {
    return this.#past;
  }

  /** The socket's own address, if it has one. */
  get local(): Address | undefined {
    return this.#ask(system.getsockname);
  }

  /** The address of the other side, while there is one. */
  get peer(): Address | undefined {
    return this.#ask(system.getpeername);
  }

  /** `accept` has given this socket. */
  accepted(): void {
    this.#begin(false);
  }

  /** A call on this socket has succeeded. */
  succeeded(syscall: string): void {
    if (syscall === "recv" || syscall === "recvfrom") this.#past.hasReceived = true;
    else if (syscall === "send" || syscall === "sendto") this.#past.hasSent = true;
    else if (syscall === "listen") this.#past.isListening = true;
    else if (syscall === "connect") this.#begin(true);
  }

  /** One direction has been ended here, or both. */
  shut(how: number): void {
    if (how !== SHUT_RD) this.#past.hasShut = true;
  }

  /** A call on this socket has failed. */
  failed(syscall: string, code: string): void {
    if (syscall === "connect" && code === "EINPROGRESS") this.#begin(true);
    if (this.owner.type !== SOCK_STREAM || !FATAL.has(code)) return;
    if (syscall === "connect") this.#past.isConnected = false;
    else if (!this.#past.isConnected) return;
    this.#past.failure = { syscall, code };
  }

  #begin(hasConnected: boolean): void {
    this.#past = { ...FRESH, isConnected: true, hasConnected };
  }

  #ask(call: (fd: number, name: system.SocketName) => number): Address | undefined {
    const name = new system.SocketName();
    return call(this.owner.descriptor.fd, name) < 0 ? undefined : decodeSockaddr(name.filled);
  }
}
