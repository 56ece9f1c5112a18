/**
 * The class behind `socket()`.
 *
 * @module
 */

import { inspect } from "node:util";
import { currentCell, type MimeBundle } from "../../interface/cell";
import { type Call as RecordedCall, recordSocket, type SocketRecord } from "../record/record";
import { DISPLAY } from "../show/display";
import { socketBundle } from "../show/socket-display";
import {
  type Address,
  type AddressOf,
  checkHost,
  decode,
  encodeHost,
  encodePath,
  overlap,
  printed,
  unspecified,
} from "./address";
import { whoHolds } from "./address-holder";
import { count, int, integer } from "./arguments";
import { type Bytes, bytes, type Data, memoryOf, octetsOf, unmoved } from "./bytes";
import { type Limit, limitOf, milliseconds, rest, type WaitOptions } from "./cancellation";
import { nameOf } from "./constant-names";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_WAITALL,
  SO_ERROR,
  SO_LINGER,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  SOMAXCONN,
} from "./constants";
import {
  encodeOption,
  type Linger,
  linger,
  type OptionValue,
  type Timeval,
  timeval,
} from "./options";
import { type Direction, type Ending, MORE, pace, READ, Readiness, WRITE } from "./readiness";
import { Inbox, type Wanted } from "./receiving";
import { lookup } from "./resolver";
import { Outgoing } from "./sending";
import * as system from "./system";
import {
  closedError,
  isSystemError,
  type SystemError,
  systemError,
  timeoutError,
} from "./system-error";

const { AGAIN, errno } = system;

/** A call that may wait. */
interface Call<T> {
  limit: Limit;
  /** The system call without waiting: its result, `-errno`, or MORE when it got on a part of the way. */
  attempt: () => T | number | typeof MORE;
  /** What there is to give when the time of SO_RCVTIMEO or SO_SNDTIMEO is up, if anything. */
  partial?: () => T | undefined;
  /** What there is to give when the signal aborts, if anything. */
  aborted?: () => T | undefined;
  /** The error of a call that must not wait, or no longer by the system's own timeout; EAGAIN if left out. */
  wouldBlock?: () => number;
  /** The method, where it has not the name of the system call. */
  method?: string;
  /** What it was asked, for the record. */
  asked?: number | string;
  /** What is to be sent, or the memory to be filled. */
  data?: Uint8Array;
  /** MSG_PEEK and the like, for the record. */
  flags?: number;
  /** How many octets of it have been moved by now. */
  progress?: () => number | undefined;
  /** Its place in the record. */
  noted?: RecordedCall;
}

/** One system call moves so many octets at most. */
const MOST = 2 ** 31 - 1;

const STRUCTURES: Record<number, ((octets: Uint8Array) => Linger | Timeval) | undefined> = {
  [SO_LINGER]: linger,
  [SO_RCVTIMEO]: timeval,
  [SO_SNDTIMEO]: timeval,
};

/** The SO_LINGER that has a socket closed by a reset. */
const BY_RESET = encodeOption({ l_onoff: 1, l_linger: 0 });

/** The sockets that are open, to tell whose an address is. */
const open = new Set<Socket<number>>();

// The system writes the addresses that it gives into this one; they are read from it before anything else happens.
const name = new system.SocketName();

/**
 * A socket of the operating system.
 *
 * A call that may wait returns a promise. Such calls are served in order, those that receive (`accept`, `recv`,
 * `recvInto`, `recvfrom`) apart from those that send (`connect`, `send`, `sendall`, `sendto`). A wait that is
 * cancelled has taken no connection and no octet that the next call should get. All calls throw SystemError with
 * EBADF on a closed socket, and TypeError or RangeError for an argument that is not what it should be.
 *
 * A socket that waits keeps the program running, an idle one does not. In a notebook, a socket is closed when the
 * cell that opened it runs again.
 */
export class Socket<Family extends number = typeof AF_INET> {
  readonly family: Family;
  readonly type: number;
  readonly proto: number;
  /** The descriptor. Only one that this class has opened itself ever gets here, and -1 once it is closed. */
  #fd: number;
  /** Milliseconds; undefined waits without end. */
  #timeout: number | undefined;
  /** SO_RCVTIMEO, SO_SNDTIMEO (milliseconds) and SO_RCVLOWAT (octets): the system heeds them only when it blocks. */
  #receiveTimeout: number | undefined;
  #sendTimeout: number | undefined;
  #leastToReceive = 1;
  #readiness: Readiness | undefined;
  readonly #inbox = new Inbox();
  readonly #record: SocketRecord;
  /** An error that came after `send` had sent a part: the next call's. */
  #sendFailure = 0;
  readonly #forget: (() => void) | undefined;

  /** The descriptor that the next construction takes over, where `accept` has got one. */
  static #accepted: number | undefined;

  /** @see socket */
  constructor(family: Family, type: number, proto: number) {
    const accepted = Socket.#accepted;
    Socket.#accepted = undefined;
    this.family = family;
    this.proto = proto;
    this.type = int(type, "type") & ~(SOCK_NONBLOCK ?? 0) & ~(SOCK_CLOEXEC ?? 0);
    if (type & (SOCK_NONBLOCK ?? 0)) this.#timeout = 0;
    this.#fd = accepted ?? system.socket(int(family, "family"), this.type, int(proto, "proto"));
    if (this.#fd < 0) throw systemError(this.#fd, "socket");
    this.#record = recordSocket(this, accepted !== undefined);
    open.add(this);
    this.#forget = currentCell()?.onRerun(() => this.close());
  }

  /** The number of the descriptor, -1 when the socket is closed. */
  fileno(): number {
    return this.#fd;
  }

  /**
   * Gives the socket its own address; see bind(2). A name is looked up first.
   *
   * @throws SystemError EADDRINUSE, whose message says who holds the address as far as the system lets us see;
   * EADDRNOTAVAIL, EACCES, or an error of the resolver
   */
  async bind(address: Address): Promise<void> {
    const encoded = await this.#encode(address, {});
    this.#record.during("bind", printed(address), () => {
      const result = system.bind(this.#descriptor("bind"), encoded);
      if (result === -errno.EADDRINUSE)
        throw this.#inUse("bind", address, decode(encoded) ?? address);
      if (result < 0) throw systemError(result, "bind", address);
    });
  }

  /**
   * Makes the socket a listening one; see listen(2).
   *
   * @param backlog how many connections may wait to be accepted. Linux completes one more and lets further ones try
   * again; it refuses none.
   */
  listen(backlog: number = SOMAXCONN): void {
    count(backlog, "backlog");
    this.#record.during("listen", backlog, () => {
      const result = system.listen(this.#descriptor("listen"), backlog);
      if (result === -errno.EADDRINUSE) {
        const address = this.getsockname();
        throw this.#inUse("listen", address, address);
      }
      if (result < 0) throw systemError(result, "listen");
      this.#record.listens = true;
    });
  }

  /** Waits for a connection; see accept(2). Gives a new socket for it, and the address of the other side. */
  async accept(
    options?: WaitOptions,
  ): Promise<[connection: Socket<Family>, address: AddressOf<Family>]> {
    const call: Call<[number, AddressOf<Family>]> = {
      limit: this.#limit(options),
      attempt: () => {
        const accepted = system.accept(this.#fd, name.clear());
        return accepted < 0 ? accepted : [accepted, this.#named()];
      },
    };
    const [fd, address] = await this.#call("accept", READ, () => call);
    Socket.#accepted = fd;
    const connection = new Socket(this.family, this.type, this.proto);
    connection.#noteEnds(address);
    this.#record.gave(call.noted, connection.#record);
    connection.#receiveTimeout = this.#receiveTimeout;
    connection.#sendTimeout = this.#sendTimeout;
    connection.#leastToReceive = this.#leastToReceive;
    return [connection, address];
  }

  /**
   * Connects to an address, waiting until the connection stands; see connect(2). A name is looked up first, and its
   * first address is taken: `createConnection` tries them all.
   *
   * A wait that is cancelled or times out ends the attempt: the socket is unconnected and may connect again. (macOS
   * does not end it before the socket is closed.) With a timeout of 0, or when the time of SO_SNDTIMEO is up, the call
   * throws EINPROGRESS and the system goes on; a later `connect` to the same address that may wait tells how it went.
   *
   * @throws SystemError ECONNREFUSED where nothing listens, ETIMEDOUT, EHOSTUNREACH, EADDRNOTAVAIL, EISCONN, or an
   * error of the resolver
   */
  async connect(address: Address, options?: WaitOptions): Promise<void> {
    const limit = this.#limit(options);
    const start = performance.now();
    const encoded = await this.#encode(address, limit);
    let inProgress = false;
    const call: Call<number> = {
      limit: rest(limit, start),
      asked: printed(address),
      attempt: () => {
        if (inProgress) return this.#connected(encoded);
        const result = system.connect(this.#fd, encoded);
        inProgress = result === -errno.EINPROGRESS || result === -errno.EALREADY;
        // On the loopback interface the connection stands by now, or has failed.
        return inProgress ? this.#connected(encoded) : result;
      },
      wouldBlock: () => (inProgress ? -errno.EINPROGRESS : AGAIN),
    };
    try {
      await this.#call("connect", WRITE, () => call, address);
      this.#noteEnds();
    } catch (error) {
      // The blocking call leaves a socket that may try again, and so does this; after EINPROGRESS the system goes on.
      const goesOn = isSystemError(error) && error.code === "EINPROGRESS";
      if (inProgress && !goesOn && this.#fd >= 0) system.disconnect(this.#fd);
      throw error;
    }
  }

  /**
   * Waits until there is something to read, and gives at most `bufsize` octets of what is there; see recv(2). On a
   * stream, no octets mean that the other side has finished. A datagram is cut off at `bufsize`.
   *
   * @param flags MSG_PEEK leaves the octets to be read again, MSG_WAITALL waits for all `bufsize` octets (and gives
   * fewer only where the stream ends or SO_RCVTIMEO is up), MSG_DONTWAIT does not wait (EAGAIN)
   * @throws SystemError ECONNRESET where the other side has broken the connection off, ENOTCONN, ETIMEDOUT
   */
  recv(bufsize: number, flags = 0, options?: WaitOptions): Promise<Bytes> {
    return this.#call("recv", READ, () => {
      const limit = this.#limit(options, flags);
      const wanted = this.#wanted(count(bufsize, "bufsize"), flags, limit);
      return {
        limit,
        asked: bufsize,
        flags,
        attempt: () => this.#inbox.receive(this.#fd, wanted),
        partial: () => this.#inbox.partial(wanted),
      };
    });
  }

  /**
   * The same, and the address that it came from. Where the system gives none – on a stream, whose address
   * `getpeername` gives, or from a Unix-domain socket without a path – it is the empty one, `["", 0]` or `""`.
   */
  recvfrom(
    bufsize: number,
    flags = 0,
    options?: WaitOptions,
  ): Promise<[data: Bytes, address: AddressOf<Family>]> {
    return this.#call("recvfrom", READ, () => {
      const limit = this.#limit(options, flags);
      const wanted = this.#wanted(count(bufsize, "bufsize"), flags, limit);
      const from = (data: Bytes): [Bytes, AddressOf<Family>] => [data, this.#named()];
      return {
        limit,
        asked: bufsize,
        flags,
        attempt: () => {
          const data = this.#inbox.receive(this.#fd, wanted, name.none());
          return typeof data === "object" ? from(data) : data;
        },
        partial: () => {
          name.none();
          const data = this.#inbox.partial(wanted);
          return data && from(data);
        },
      };
    });
  }

  /**
   * Like `recv`, but writes into `view`, at its beginning, and gives the number of octets.
   *
   * @param nbytes how many octets at most; 0, or left out, is the length of the view
   */
  recvInto(
    view: NodeJS.ArrayBufferView,
    nbytes = 0,
    flags = 0,
    options?: WaitOptions,
  ): Promise<number> {
    return this.#call("recv", READ, () => {
      const into = memoryOf(view);
      const size = into.byteLength;
      const length = integer(nbytes, "nbytes", 0, Math.min(size, MOST)) || Math.min(size, MOST);
      const limit = this.#limit(options, flags);
      const wanted = this.#wanted(length, flags, limit);
      return {
        limit,
        method: "recvInto",
        asked: length,
        flags,
        data: into,
        attempt: () => this.#inbox.receiveInto(this.#fd, unmoved(into, size), wanted),
        partial: () => this.#inbox.partialInto(unmoved(into, size), wanted) || undefined,
      };
    });
  }

  /**
   * Sends, and gives the number of octets that the system has taken; see send(2). On a stream, a call that may wait
   * without end returns only when everything is taken, as the blocking call does. With MSG_DONTWAIT,
   * `setblocking(false)` or a timeout, it may be a part: send the rest again, or use `sendall`.
   *
   * What is being sent must not be changed before the promise is settled. Where the signal aborts, or an error comes,
   * after a part has been taken, the call gives its number of octets, as a blocking call does that a signal of the
   * system interrupts; the next call has the error.
   *
   * @throws SystemError EPIPE where the other side has closed the connection, ECONNRESET, EAGAIN, ETIMEDOUT,
   * EMSGSIZE for a datagram that is too long
   */
  send(data: Data, flags = 0, options?: WaitOptions): Promise<number> {
    return this.#call("send", WRITE, () => {
      const limit = this.#limit(options, flags);
      const whole = this.type === SOCK_STREAM && limit.timeout === undefined;
      const outgoing = new Outgoing(octetsOf(data, "data"), flags, whole);
      const part = () => outgoing.part;
      const { octets } = outgoing;
      return {
        limit,
        asked: octets.byteLength,
        flags,
        data: octets,
        progress: part,
        attempt: () => this.#send(outgoing, true),
        partial: part,
        aborted: part,
      };
    });
  }

  /**
   * Sends everything, in as many pieces as it takes. With a timeout, that is the time for all of it. Where the call
   * throws, nobody knows how much was taken: give the connection up.
   */
  sendall(data: Data, flags = 0, options?: WaitOptions): Promise<void> {
    return this.#call<void>("send", WRITE, () => {
      const limit = this.#limit(options, flags);
      const outgoing = new Outgoing(octetsOf(data, "data"), flags, true);
      const attempt = () => {
        const result = this.#send(outgoing, false);
        return result === MORE || result < 0 ? result : undefined;
      };
      const { octets } = outgoing;
      return {
        limit,
        method: "sendall",
        asked: octets.byteLength,
        flags,
        data: octets,
        progress: () => outgoing.part,
        attempt,
      };
    });
  }

  /** Sends a datagram to an address, and gives the number of octets; see sendto(2). */
  async sendto(data: Data, address: Address, options?: WaitOptions): Promise<number>;
  async sendto(data: Data, flags: number, address: Address, options?: WaitOptions): Promise<number>;
  async sendto(
    data: Data,
    ...others: [Address, WaitOptions?] | [number, Address, WaitOptions?]
  ): Promise<number> {
    const [flags, address, options] = hasFlags(others) ? others : ([0, ...others] as const);
    const limit = this.#limit(options, flags);
    const start = performance.now();
    const octets = octetsOf(data, "data");
    const size = octets.byteLength;
    const encoded = await this.#encode(address, limit);
    const call: Call<number> = {
      limit: rest(limit, start),
      asked: size,
      flags,
      data: octets,
      attempt: () => system.sendto(this.#fd, unmoved(octets, size), size, flags, encoded),
    };
    return await this.#call("sendto", WRITE, () => call, address);
  }

  /**
   * Ends one direction of the connection or both; see shutdown(2).
   *
   * @param how SHUT_WR tells the other side that nothing more will come, SHUT_RD, SHUT_RDWR
   */
  shutdown(how: number): void {
    int(how, "how");
    this.#record.during("shutdown", nameOf("SHUT_", how), () => {
      const result = system.shutdown(this.#descriptor("shutdown"), how);
      if (result < 0) throw systemError(result, "shutdown");
    });
  }

  /**
   * Gives the socket back to the system; see close(2). Calls that wait on it throw EBADF. To close twice is harmless.
   * If input is left unread, the other side gets a reset, and may lose what had been sent to it.
   */
  close(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    open.delete(this);
    this.#forget?.();
    this.#readiness?.close();
    if (this.#record.isRecorded) this.#record.resets = isToReset(fd);
    const { gathered } = this.#inbox;
    const unread = this.type === SOCK_STREAM ? Math.max(0, system.unread(fd)) + gathered : 0;
    // The system does not know that nobody has read what was taken from it for a call that was cancelled.
    if (gathered > 0) system.setsockopt(fd, SOL_SOCKET, SO_LINGER, BY_RESET);
    this.#record.close(unread, () => system.close(fd));
  }

  /** `using connection = ...` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The socket's own address; see getsockname(2). */
  getsockname(): AddressOf<Family> {
    const result = system.getsockname(this.#descriptor("getsockname"), name.clear());
    if (result < 0) throw systemError(result, "getsockname");
    return this.#named();
  }

  /**
   * The address of the other side; see getpeername(2).
   *
   * @throws SystemError ENOTCONN
   */
  getpeername(): AddressOf<Family> {
    const result = system.getpeername(this.#descriptor("getpeername"), name.clear());
    if (result < 0) throw systemError(result, "getpeername");
    return this.#named();
  }

  /**
   * Sets an option; see setsockopt(2), socket(7), tcp(7), ip(7), ipv6(7).
   *
   * @example
   * sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
   * sock.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
   * sock.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 2, tv_usec: 500_000 });
   */
  setsockopt(level: number, option: number, value: OptionValue): void {
    const octets = encodeOption(value);
    int(level, "level");
    int(option, "the option");
    const result = system.setsockopt(this.#descriptor("setsockopt"), level, option, octets);
    if (result < 0) throw systemError(result, "setsockopt");
    if (level === SOL_SOCKET) this.#heed(option);
  }

  /**
   * The value of an option; see getsockopt(2). SO_LINGER, SO_RCVTIMEO and SO_SNDTIMEO are structures, any other is
   * an int, or with `buflen` as many octets as the system gives, `buflen` at most.
   */
  getsockopt(level: typeof SOL_SOCKET, option: typeof SO_LINGER): Linger;
  getsockopt(level: typeof SOL_SOCKET, option: typeof SO_RCVTIMEO | typeof SO_SNDTIMEO): Timeval;
  getsockopt(level: number, option: number): number;
  getsockopt(level: number, option: number, buflen: number): Bytes;
  getsockopt(level: number, option: number, buflen?: number): number | Linger | Timeval | Bytes {
    int(level, "level");
    int(option, "the option");
    const structure = level === SOL_SOCKET ? STRUCTURES[option] : undefined;
    const size = buflen === undefined ? (structure ? 16 : 4) : integer(buflen, "buflen", 0, 65536);
    const octets = new Uint8Array(size);
    const length = system.getsockopt(this.#descriptor("getsockopt"), level, option, octets);
    if (length < 0) throw systemError(length, "getsockopt");
    if (buflen !== undefined) return bytes(octets.subarray(0, length));
    return structure ? structure(octets) : new Int32Array(octets.buffer)[0];
  }

  /**
   * How long the calls on this socket wait: seconds, 0 not at all, as with `setblocking(false)`, or null without end,
   * which it is at first.
   */
  settimeout(seconds: number | null): void {
    this.#timeout = milliseconds(seconds);
  }

  /** What `settimeout` or `setblocking` has set. */
  gettimeout(): number | null {
    return this.#timeout === undefined ? null : this.#timeout / 1000;
  }

  /** `setblocking(false)`: no call waits; one that would have to throws EAGAIN, or EINPROGRESS in `connect`. */
  setblocking(blocking: boolean): void {
    this.#timeout = blocking ? undefined : 0;
  }

  /** `<Socket fd=22 AF_INET SOCK_STREAM laddr=127.0.0.1:10000 raddr=127.0.0.1:50112>` */
  toString(): string {
    const parts = [
      this.#fd < 0 ? "closed" : `fd=${this.#fd}`,
      nameOf("AF_", this.family),
      nameOf("SOCK_", this.type),
    ];
    if (this.#fd >= 0 && system.getsockname(this.#fd, name.clear()) === 0) {
      parts.push(`laddr=${printed(this.#named())}`);
    }
    if (this.#fd >= 0 && system.getpeername(this.#fd, name.clear()) === 0) {
      parts.push(`raddr=${printed(this.#named())}`);
    }
    return `<Socket ${parts.join(" ")}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** The same, with its state, the options that are set and what waits in its queues. */
  [DISPLAY](): MimeBundle {
    return socketBundle(this, this.#inbox.gathered);
  }

  #descriptor(syscall: string): number {
    if (this.#fd < 0) throw closedError(syscall, "the socket is closed");
    return this.#fd;
  }

  #limit(options: WaitOptions | undefined, flags = 0): Limit {
    int(flags, "flags");
    const limit = limitOf(options, this.#timeout);
    return flags & MSG_DONTWAIT ? { signal: limit.signal, timeout: 0 } : limit;
  }

  /** Prepares a call, tries it, has it wait its turn where it must, and gives its result or throws its error. */
  async #call<T>(
    syscall: string,
    direction: Direction,
    prepare: () => Call<T>,
    address?: Address,
  ): Promise<T> {
    const call = prepare();
    const { attempt, limit } = call;
    const fd = this.#descriptor(syscall);
    limit.signal?.throwIfAborted();
    const noted = this.#record.begin(call.method ?? syscall, call.asked, call.progress);
    call.noted = noted;
    if (call.flags) noted.flags = call.flags;
    try {
      const turn = pace();
      let result: T | number | Ending | typeof MORE = AGAIN;
      if (this.#readiness?.idle(direction) ?? true) result = attempt();
      const unfinished = result === AGAIN || result === MORE;
      noted.waited = unfinished && limit.timeout !== 0;
      if (noted.waited) result = await this.#wait(fd, direction, call);
      else if (turn) await turn;
      if (unfinished && limit.timeout === 0) result = "timed out";
      if (result === "closed") throw closedError(syscall, "it was closed while the call waited");
      if (result === "timed out") {
        if (limit.timeout) throw timeoutError(syscall, limit.whole ?? limit.timeout, address);
        result = call.partial?.() ?? call.wouldBlock?.() ?? AGAIN;
      }
      if (typeof result === "number" && result < 0) throw systemError(result, syscall, address);
      this.#record.end(noted, result, call.data);
      return result as T;
    } catch (error) {
      this.#record.fail(noted, error, call.data);
      throw error;
    }
  }

  /** Has the record know the two ends of a connection that stands. */
  #noteEnds(remote?: Address): void {
    if (system.getsockname(this.#fd, name.clear()) !== 0) return;
    this.#record.local = printed(this.#named());
    if (!remote && system.getpeername(this.#fd, name.clear()) !== 0) return;
    this.#record.remote = printed(remote ?? this.#named());
  }

  #wait<T>(fd: number, direction: Direction, call: Call<T>): Promise<T | number | Ending> {
    const { attempt, limit, aborted } = call;
    // A call without a timeout of its own heeds that of the system.
    const own = direction === READ ? this.#receiveTimeout : this.#sendTimeout;
    const patience = own === undefined ? limit : { ...limit, timeout: limit.timeout ?? own };
    this.#readiness ??= new Readiness(fd);
    const outcome = this.#readiness.wait(direction, attempt, patience);
    if (!aborted) return outcome;
    return outcome.catch((reason) => {
      const part = limit.signal?.aborted ? aborted() : undefined;
      if (part === undefined) throw reason;
      return part;
    });
  }

  async #encode(address: Address, limit: Limit): Promise<Uint8Array> {
    if (this.family === AF_UNIX) return encodePath(address);
    if (this.family !== AF_INET && this.family !== AF_INET6) {
      throw new TypeError(`addresses of ${nameOf("AF_", this.family)} are not known here`);
    }
    const host = checkHost(this.family, address);
    const numeric = encodeHost(this.family, host);
    if (numeric) return numeric;
    const found = await lookup(host.host, this.family, limit);
    return encodeHost(this.family, { ...host, ...found }) as Uint8Array;
  }

  /** The address that the system has written into `name`. */
  #named(): AddressOf<Family> {
    return (decode(name.filled) ?? unspecified(this.family)) as AddressOf<Family>;
  }

  #inUse(syscall: string, address: Address, numeric: Address): SystemError {
    const mine = [...open].find((other) => other !== this && other.#conflicts(this, numeric));
    const holder = mine
      ? `An earlier socket of this program holds it (descriptor ${mine.#fd}): close that one first`
      : whoHolds(this.family, this.type, numeric);
    return systemError(-errno.EADDRINUSE, syscall, address, holder);
  }

  /** Whether this socket has the address that another one asks for. */
  #conflicts(other: Socket<number>, address: Address): boolean {
    if (this.type !== other.type || system.getsockname(this.#fd, name.clear()) < 0) return false;
    const mine = this.#named();
    if (this.family !== other.family && [this, other].some((sock) => sock.#isIpv6Only()))
      return false;
    return overlap(mine, address);
  }

  #isIpv6Only(): boolean {
    return this.family === AF_INET6 && this.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY) !== 0;
  }

  /** How far the attempt to connect to an address has come. */
  #connected(encoded: Uint8Array): number {
    const failed = this.getsockopt(SOL_SOCKET, SO_ERROR);
    if (failed !== 0) return -failed;
    const result = system.getpeername(this.#fd, name.clear());
    if (result === -errno.ENOTCONN) return AGAIN;
    if (result < 0) return result;
    // Linux takes a socket for one that still connects until it is asked again: a later connect would find no EISCONN.
    const again = system.connect(this.#fd, encoded);
    return again === -errno.EISCONN ? 0 : again;
  }

  /** What a call that receives asks for. */
  #wanted(length: number, flags: number, limit: Limit): Wanted {
    if (this.type !== SOCK_STREAM) return { length, flags, least: 1 };
    const all = flags & MSG_WAITALL ? length : this.#leastToReceive;
    const least = limit.timeout === 0 || flags & MSG_OOB ? 1 : all;
    return { length, flags, least: Math.min(length, least) };
  }

  #send(outgoing: Outgoing, partly: boolean): number | typeof MORE {
    const failure = this.#sendFailure;
    this.#sendFailure = 0;
    if (failure !== 0) return failure;
    const taken = outgoing.send(this.#fd);
    if (!partly || taken === MORE || taken >= 0 || taken === AGAIN) return taken;
    if (outgoing.part === undefined) return taken;
    this.#sendFailure = taken;
    return outgoing.part;
  }

  /** Keeps what the system itself heeds only in calls that block. */
  #heed(option: number): void {
    if (option === SO_RCVLOWAT) this.#leastToReceive = this.getsockopt(SOL_SOCKET, SO_RCVLOWAT);
    if (option !== SO_RCVTIMEO && option !== SO_SNDTIMEO) return;
    const { tv_sec, tv_usec } = this.getsockopt(SOL_SOCKET, option);
    const timeout = tv_sec * 1000 + tv_usec / 1000 || undefined;
    if (option === SO_RCVTIMEO) this.#receiveTimeout = timeout;
    else this.#sendTimeout = timeout;
  }
}

/** Whether SO_LINGER has the descriptor closed by a reset; an accepted one has it from the listening one. */
function isToReset(fd: number): boolean {
  const octets = new Uint8Array(BY_RESET.byteLength);
  if (system.getsockopt(fd, SOL_SOCKET, SO_LINGER, octets) < 0) return false;
  const { l_onoff, l_linger } = linger(octets);
  return l_onoff !== 0 && l_linger === 0;
}

function hasFlags(
  others: [Address, WaitOptions?] | [number, Address, WaitOptions?],
): others is [number, Address, WaitOptions?] {
  return typeof others[0] === "number";
}
