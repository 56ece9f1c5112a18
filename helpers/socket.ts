/**
 * The operating system's sockets, under the names that POSIX and Python's `socket` module give them.
 *
 * A call that may wait returns a promise and means what the blocking call means on this system; how it waits is
 * Node's business, and everything else goes on meanwhile.
 *
 * @example
 * const sock = socket(AF_INET, SOCK_STREAM);
 * await sock.connect(["localhost", 10000]);
 * await sock.sendall("Hi there, server");
 * console.log(await sock.recv(16));
 * sock.close();
 *
 * @module
 */

import { inspect } from "node:util";
import { currentCell } from "../interface/cell";
import {
  type Address,
  type AddressOf,
  checkHost,
  decode,
  encodeHost,
  encodePath,
  printed,
} from "./address";
import { type Bytes, cut, type Data, octetsOf, room } from "./bytes";
import { type Limit, limitOf, milliseconds, rest, type WaitOptions } from "./cancellation";
import { count, int } from "./checks";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SO_ERROR,
  SO_LINGER,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  SOMAXCONN,
} from "./constants";
import { systemError, timeoutError } from "./errors";
import { getConstants } from "./names";
import { type Direction, MORE, overdue, READ, Readiness, WRITE } from "./readiness";
import { getaddrinfo } from "./resolver";
import * as system from "./system";
import { Unread } from "./unread";

export * from "./constants";
export {
  type Address,
  type AddressOf,
  type Bytes,
  type Data,
  getaddrinfo,
  getConstants,
  type WaitOptions,
};

const { AGAIN, errno } = system;

/** A new socket; see socket(2). */
export function socket<Family extends number = typeof AF_INET>(
  family: Family = AF_INET as Family,
  type: number = SOCK_STREAM,
  proto = 0,
): Socket<Family> {
  return new Socket(family, type, proto);
}

const peer = new system.SocketName();

export class Socket<Family extends number = typeof AF_INET> {
  readonly family: Family;
  readonly type: number;
  readonly proto: number;
  #fd: number;
  #timeout: number | undefined;
  #readiness: Readiness | undefined;
  #forget: (() => void) | undefined;

  static #accepted: number | undefined;

  constructor(family: Family, type: number, proto: number) {
    this.family = family;
    this.type = type;
    this.proto = proto;
    const accepted = Socket.#accepted;
    Socket.#accepted = undefined;
    if (accepted === undefined) {
      const fd = system.socket(int(family, "family"), int(type, "type"), int(proto, "proto"));
      if (fd < 0) throw systemError(fd, "socket");
      this.#fd = fd;
    } else this.#fd = accepted;
    this.#forget = currentCell()?.onRerun(() => this.close());
  }

  fileno(): number {
    return this.#fd;
  }

  async bind(address: Address): Promise<void> {
    const name = await this.#encode(address, {});
    const result = system.bind(this.#open("bind"), name);
    if (result < 0) throw systemError(result, "bind", address);
  }

  listen(backlog: number = SOMAXCONN): void {
    const result = system.listen(this.#open("listen"), int(backlog, "backlog"));
    if (result < 0) throw systemError(result, "listen");
  }

  async accept(
    options?: WaitOptions,
  ): Promise<[connection: Socket<Family>, address: AddressOf<Family>]> {
    const [fd, address] = await this.#call(
      "accept",
      READ,
      () => {
        const accepted = system.accept(this.#fd, peer.clear());
        return accepted < 0 ? accepted : ([accepted, decode(peer.filled)] as const);
      },
      this.#limit(options, 0),
    );
    Socket.#accepted = fd;
    return [new Socket(this.family, this.type, this.proto), address as AddressOf<Family>];
  }

  async connect(address: Address, options?: WaitOptions): Promise<void> {
    const limit = this.#limit(options, 0);
    const start = performance.now();
    const name = await this.#encode(address, limit);
    const fd = this.#open("connect");
    const result = system.connect(fd, name);
    if (result === 0) return;
    if (result !== -errno.EINPROGRESS) throw systemError(result, "connect", address);
    await this.#call(
      "connect",
      WRITE,
      () => {
        const failed = new Int32Array(1);
        system.getsockopt(this.#fd, SOL_SOCKET, SO_ERROR, new Uint8Array(failed.buffer));
        if (failed[0] !== 0) return -failed[0];
        const named = system.getpeername(this.#fd, peer.clear());
        return named === -errno.ENOTCONN ? AGAIN : named;
      },
      rest(limit, start),
      address,
    );
  }

  async recv(bufsize: number, flags = 0, options?: WaitOptions): Promise<Bytes> {
    count(bufsize, "bufsize");
    int(flags, "flags");
    return await this.#call(
      "recv",
      READ,
      () => {
        const into = room(bufsize);
        const received = system.recv(this.#fd, into, bufsize, flags);
        return received < 0 ? received : cut(into, received);
      },
      this.#limit(options, flags),
    );
  }

  async sendall(data: Data, flags = 0, options?: WaitOptions): Promise<void> {
    await this.#transmit("sendall", data, flags, options);
  }

  async send(data: Data, flags = 0, options?: WaitOptions): Promise<number> {
    return await this.#transmit("send", data, flags, options);
  }

  async #transmit(
    syscall: string,
    data: Data,
    flags: number,
    options?: WaitOptions,
  ): Promise<number> {
    const octets = octetsOf(data, "data");
    int(flags, "flags");
    let sent = 0;
    return await this.#call(
      syscall,
      WRITE,
      () => {
        const taken = system.send(this.#fd, octets.subarray(sent), octets.byteLength - sent, flags);
        if (taken < 0) return taken;
        sent += taken;
        return sent < octets.byteLength ? MORE : sent;
      },
      this.#limit(options, flags),
    );
  }

  shutdown(how: number): void {
    const result = system.shutdown(this.#open("shutdown"), int(how, "how"));
    if (result < 0) throw systemError(result, "shutdown");
  }

  close(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    this.#forget?.();
    this.#readiness?.close();
    system.close(fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  getsockname(): AddressOf<Family> {
    const result = system.getsockname(this.#open("getsockname"), peer.clear());
    if (result < 0) throw systemError(result, "getsockname");
    return decode(peer.filled) as AddressOf<Family>;
  }

  getpeername(): AddressOf<Family> {
    const result = system.getpeername(this.#open("getpeername"), peer.clear());
    if (result < 0) throw systemError(result, "getpeername");
    return decode(peer.filled) as AddressOf<Family>;
  }

  setsockopt(level: number, name: number, value: number): void {
    const octets = new Uint8Array(Int32Array.of(int(value, "value")).buffer);
    const result = system.setsockopt(
      this.#open("setsockopt"),
      int(level, "level"),
      int(name, "name"),
      octets,
    );
    if (result < 0) throw systemError(result, "setsockopt");
  }

  getsockopt(level: number, name: number): number {
    const value = new Int32Array(1);
    const octets = new Uint8Array(value.buffer);
    const result = system.getsockopt(
      this.#open("getsockopt"),
      int(level, "level"),
      int(name, "name"),
      octets,
    );
    if (result < 0) throw systemError(result, "getsockopt");
    return value[0];
  }

  settimeout(seconds: number | null): void {
    this.#timeout = milliseconds(seconds);
  }

  gettimeout(): number | null {
    return this.#timeout === undefined ? null : this.#timeout / 1000;
  }

  setblocking(blocking: boolean): void {
    this.#timeout = blocking ? undefined : 0;
  }

  #open(syscall: string): number {
    if (this.#fd < 0) throw systemError(-errno.EBADF, syscall);
    return this.#fd;
  }

  #limit(options: WaitOptions | undefined, flags: number): Limit {
    const limit = limitOf(options, this.#timeout);
    return flags & MSG_DONTWAIT ? { ...limit, timeout: 0 } : limit;
  }

  async #encode(address: Address, limit: Limit): Promise<Uint8Array> {
    if (this.family === AF_UNIX) return encodePath(address);
    const host = checkHost(this.family, address);
    const name = encodeHost(this.family, host);
    if (name) return name;
    const [info] = await getaddrinfo(host.host, host.port, {
      family: this.family,
      type: SOCK_DGRAM,
      signal: limit.signal,
    });
    return encodeHost(this.family, checkHost(this.family, info[4])) as Uint8Array;
  }

  async #call<T>(
    syscall: string,
    direction: Direction,
    attempt: () => T | number | typeof MORE,
    limit: Limit,
    address?: Address,
  ): Promise<Exclude<T, string>> {
    const fd = this.#open(syscall);
    const readiness = this.#readiness;
    let result: T | number | string = AGAIN;
    if ((!readiness || readiness.idle(direction)) && !overdue()) result = attempt();
    if (result === AGAIN || result === MORE) {
      if (limit.timeout === 0) throw systemError(-errno.EAGAIN, syscall, address);
      this.#readiness ??= new Readiness(fd);
      result = await this.#readiness.wait(direction, attempt, limit);
      if (result === "timed out")
        throw timeoutError(syscall, (limit.timeout as number) / 1000, address);
      if (result === "closed") throw systemError(-errno.EBADF, syscall, address);
    }
    if (typeof result === "number" && result < 0) throw systemError(result, syscall, address);
    return result as Exclude<T, string>;
  }
}
