/**
 * The class behind `socket()`.
 *
 * @module
 */

"use deferred interrupts";

import { inspect } from "node:util";
import { currentCell } from "../../interface/cell";
import { recordSocket, type SocketRecord } from "../record/record";
import {
  type Address,
  type AddressOf,
  checkAddress,
  decodeSockaddr,
  printed,
  unspecified,
} from "./address";
import { noteOwner, type Owner } from "./address-holder";
import { sockaddrOf } from "./address-lookup";
import { int, integer, MOST_OCTETS, octetCount } from "./arguments";
import { type Bytes, bytes, type Data, memoryOf, octetsToRead, unmoved } from "./bytes";
import { type Limit, limitOf, milliseconds, rest, type WaitOptions } from "./cancellation";
import { Connecting } from "./connecting";
import { nameOf } from "./constant-names";
import {
  type AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  SHUT_RD,
  SHUT_RDWR,
  type SO_LINGER,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  SOMAXCONN,
} from "./constants";
import { Descriptor } from "./descriptor";
import { type Operation, Operations } from "./operations";
import { encodeOption, type Linger, type OptionValue, STRUCTURES, type Timeval } from "./options";
import { MORE, type Observer, READ, WRITE } from "./readiness";
import { Receiving } from "./receiving";
import { Outgoing, Sending } from "./sending";
import { History } from "./socket-history";
import * as system from "./system";
import { isSystemError, systemError } from "./system-error";
import { UnderWay } from "./under-way";
import { refuseUnsafeFlags, refuseUnsafeOption } from "./unsafe-options";

const { AGAIN, errno, SocketName } = system;

/** How many octets a socket has taken from the system that nobody has read yet. */
export let gatheredBy: (sock: Socket<number>) => number;

/** Has a call that failed after all give back what it had received: the next call's, before all else. */
export let giveBack: (sock: Socket<number>, octets: Uint8Array) => void;

/** Has somebody look whenever the socket is ready, until the function that this returns is called. */
export let observe: (sock: Socket<number>, observer: Observer) => () => void;

/**
 * A socket of the operating system.
 *
 * A call that may wait returns a promise. Such calls are served in order, those that receive (`accept`, `recv`,
 * `recvInto`, `recvfrom`) apart from those that send (`connect`, `send`, `sendall`, `sendto`). A wait that is
 * cancelled has taken no connection and no octet that the next call should get. All calls throw SystemError with
 * EBADF on a closed socket, and TypeError or RangeError for an argument that is not what it should be.
 *
 * Until a `bind` or `connect` to a name has come back, what rests on its address is refused, by an Error with code
 * ERR_NOT_AWAITED: `listen`, `accept`, `getsockname`, `getpeername`, another `bind` or `connect`, and all that sends or
 * receives.
 *
 * A socket that waits keeps the program running, an idle one does not. In a notebook, a socket is closed when the
 * cell that opened it runs again.
 */
export class Socket<Family extends number = typeof AF_INET> {
  static {
    gatheredBy = (sock) => sock.#receiving.gathered;
    giveBack = (sock, octets) => sock.#receiving.giveBack(octets);
    observe = (sock, observer) => sock.#operations.observe(observer);
  }

  /** AF_INET and so on. */
  readonly family: Family;
  /** SOCK_STREAM and so on. */
  readonly type: number;
  /** What `socket` was given; 0 is the usual protocol of the type. */
  readonly proto: number;
  readonly #descriptor: Descriptor;
  readonly #record: SocketRecord;
  readonly #underWay = new UnderWay();
  readonly #operations: Operations;
  readonly #receiving: Receiving;
  readonly #sending = new Sending();
  /** Milliseconds; undefined waits without end. */
  #timeout: number | undefined;
  /** What it is, whatever becomes of the properties of these names. */
  readonly #owner: Owner & { readonly proto: number };
  readonly #history: History;
  /** What is to be done when it is closed, so that nobody remembers it. */
  readonly #forget: (() => void)[] = [];

  /**
   * @see socket
   * @param descriptor what `accept` has got, or another process; a new one if left out
   */
  constructor(
    family: Family,
    type: number,
    proto: number,
    descriptor?: Descriptor,
    isAccepted = descriptor !== undefined,
  ) {
    this.family = family;
    this.proto = proto;
    this.type = int(type, "type") & ~(SOCK_NONBLOCK ?? 0) & ~(SOCK_CLOEXEC ?? 0);
    if (type & (SOCK_NONBLOCK ?? 0)) this.#timeout = 0;
    this.#descriptor = Descriptor.own(
      descriptor ?? Descriptor.open(int(family, "family"), this.type, int(proto, "proto")),
    );
    this.#record = recordSocket(this, isAccepted);
    this.#owner = { family, type: this.type, proto, descriptor: this.#descriptor };
    this.#history = new History(this.#owner);
    this.#operations = new Operations(
      this.#descriptor,
      this.#record,
      this.#history,
      this.#underWay,
    );
    this.#receiving = new Receiving(this.type === SOCK_STREAM, this.family === AF_UNIX);
    this.#forget.push(noteOwner(this.#owner));
    try {
      const forget = currentCell()?.onRerun(() => this.close());
      if (forget) this.#forget.push(forget);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The number of the descriptor, -1 when the socket is closed. */
  fileno(): number {
    return this.#descriptor.fd;
  }

  /**
   * Gives the socket its own address; see bind(2). A numeric one, or a path, it has when the call returns, although its
   * errors come by the promise. A name is looked up first.
   *
   * @throws SystemError EADDRINUSE, whose message says who holds the address as far as the system lets us see;
   * EADDRNOTAVAIL, EACCES, or an error of the resolver
   */
  async bind(address: Address): Promise<void> {
    using begun = this.#underWay.begin("bind", this.#owner.family, address, {});
    const sockaddr = begun.sockaddr instanceof Uint8Array ? begun.sockaddr : await begun.sockaddr;
    this.#record.during("bind", printed(address), () => {
      const numeric = () => decodeSockaddr(sockaddr) ?? address;
      this.#call("bind", (fd) => system.bind(fd, sockaddr), address, numeric);
    });
  }

  /**
   * Makes the socket a listening one; see listen(2).
   *
   * @param backlog how many connections may wait to be accepted. Linux completes one more and lets further ones try
   * again; it refuses none.
   */
  listen(backlog: number = SOMAXCONN): void {
    octetCount(backlog, "backlog");
    this.#underWay.refuse("listen");
    this.#record.during("listen", backlog, () => {
      this.#call(
        "listen",
        (fd) => system.listen(fd, backlog),
        undefined,
        () => this.getsockname(),
      );
      this.#history.succeeded("listen");
      this.#record.listens = true;
      this.#noteEnds();
      // One that was shut down listens again.
      this.#receiving.isShut = false;
    });
  }

  /**
   * Waits for a connection; see accept(2). Gives a new socket for it, and the address of the other side.
   *
   * @throws SystemError EMFILE where a connection is there and the program has no descriptor left; it stays there
   */
  async accept(
    options?: WaitOptions,
  ): Promise<[connection: Socket<Family>, address: AddressOf<Family>]> {
    const peer = new SocketName();
    const operation: Operation<Descriptor> = {
      limit: this.#limit(options),
      attempt: (fd, isReady) => {
        // The system would make a socket before it finds that nobody is there, and that takes as long as to make one.
        const asks = this.#history.past.isListening && !isReady;
        if (asks && system.poll(fd, system.INPUT) === 0) return AGAIN;
        const accepted = this.#descriptor.accept(peer);
        return accepted === AGAIN && this.#receiving.isShut ? -errno.EINVAL : accepted;
      },
    };
    const descriptor = await this.#operations.run("accept", READ, () => operation);
    const address = this.#addressIn(peer);
    const { family, type, proto } = this.#owner;
    const connection = new Socket(family as Family, type, proto, descriptor);
    connection.#history.accepted();
    connection.#noteEnds(address);
    this.#record.gave(operation.noted, connection.#record);
    connection.#operations.receiveTimeout = this.#operations.receiveTimeout;
    connection.#operations.sendTimeout = this.#operations.sendTimeout;
    connection.#receiving.inherit(this.#receiving);
    return [connection, address];
  }

  /**
   * Connects to an address, waiting until the connection stands; see connect(2). Where it is numeric, or a path, the
   * system has begun when the call returns. A name is looked up first, and its first address is taken:
   * `createConnection` tries them all. The empty host, which stands for all addresses in `bind`, leads to this machine
   * itself.
   *
   * A wait that is cancelled or times out ends the attempt: the socket is unconnected and may connect again. (macOS
   * does not end it before the socket is closed.) With a timeout of 0, or when the time of SO_SNDTIMEO is up, the call
   * throws EINPROGRESS, or EALREADY if asked again, and the system goes on; a later `connect` to the same address that may wait tells how it went.
   *
   * @throws SystemError ECONNREFUSED where nothing listens, ETIMEDOUT, EHOSTUNREACH, EADDRNOTAVAIL, EISCONN, or an
   * error of the resolver
   */
  async connect(address: Address, options?: WaitOptions): Promise<void> {
    checkAddress(this.family, address);
    const limit = this.#limit(options);
    const start = performance.now();
    using begun = this.#underWay.begin("connect", this.#owner.family, address, limit);
    const sockaddr = begun.sockaddr instanceof Uint8Array ? begun.sockaddr : await begun.sockaddr;
    const connecting = new Connecting(sockaddr);
    const operation: Operation<number> = {
      limit: rest(limit, start),
      asked: printed(address),
      attempt: (fd) => connecting.attempt(fd, limit.timeout !== 0),
      wouldBlock: () => (connecting.isInProgress ? connecting.unfinished : AGAIN),
    };
    try {
      await this.#operations.run("connect", WRITE, () => operation, address);
      this.#noteEnds();
    } catch (error) {
      // The blocking call leaves a socket that may try again, and so does this; after EINPROGRESS the system goes on.
      const goesOn = isSystemError(error) && error.errno === connecting.unfinished;
      if (goesOn) this.#noteEnds(decodeSockaddr(sockaddr));
      if (connecting.isInProgress && !goesOn && this.fileno() >= 0)
        system.disconnect(this.fileno());
      if (isSystemError(error)) this.#history.failed("connect", error.code);
      throw error;
    }
  }

  /**
   * Waits until there is something to read, and gives at most `bufsize` octets of what is there; see recv(2). On a
   * stream, no octets mean that the other side has finished. A datagram is cut off at `bufsize`.
   *
   * With MSG_WAITALL the system is asked to tell when so many octets are there (SO_RCVLOWAT), and they stay in it until
   * then. Only where it cannot hold so many, or in a Unix-domain socket, are they taken as they come.
   *
   * @param flags MSG_PEEK leaves the octets to be read again, MSG_WAITALL waits for all `bufsize` octets (and gives
   * fewer only where the stream ends or SO_RCVTIMEO is up), MSG_DONTWAIT does not wait (EAGAIN)
   * @throws SystemError ECONNRESET where the other side has broken the connection off, ENOTCONN, ETIMEDOUT
   */
  recv(bufsize: number, flags = 0, options?: WaitOptions): Promise<Bytes> {
    return this.#operations.run("recv", READ, () => {
      const limit = this.#limit(options, flags);
      const wanted = this.#receiving.wanted(octetCount(bufsize, "bufsize"), flags, limit);
      return {
        limit,
        asked: bufsize,
        flags,
        attempt: (fd) => this.#receiving.receive(fd, wanted),
        partial: () => this.#receiving.partial(this.fileno(), wanted),
      };
    });
  }

  /**
   * The same, and the address that it came from. Where the system gives none – on a stream, whose address
   * `getpeername` gives, or from a Unix-domain socket without a path – it is the empty one, `["", 0]` or `""`.
   *
   * @param bufsize how many octets at most
   * @param flags as those of `recv`
   */
  recvfrom(
    bufsize: number,
    flags = 0,
    options?: WaitOptions,
  ): Promise<[data: Bytes, address: AddressOf<Family>]> {
    return this.#operations.run("recvfrom", READ, () => {
      const limit = this.#limit(options, flags);
      const wanted = this.#receiving.wanted(octetCount(bufsize, "bufsize"), flags, limit, true);
      const sender = new SocketName();
      const from = (data: Bytes): [Bytes, AddressOf<Family>] => [data, this.#addressIn(sender)];
      return {
        limit,
        asked: bufsize,
        flags,
        attempt: (fd) => {
          const data = this.#receiving.receive(fd, wanted, sender);
          return typeof data === "object" ? from(data) : data;
        },
        partial: () => {
          const data = this.#receiving.partial(this.fileno(), wanted, sender);
          return data && from(data);
        },
      };
    });
  }

  /**
   * Like `recv`, but writes into `view`, at its beginning, and gives the number of octets.
   *
   * @param nbytes how many octets at most; 0, or left out, is the length of the view
   * @param flags as those of `recv`
   */
  recvInto(
    view: NodeJS.ArrayBufferView,
    nbytes = 0,
    flags = 0,
    options?: WaitOptions,
  ): Promise<number> {
    return this.#operations.run("recv", READ, () => {
      const into = memoryOf(view);
      const size = into.byteLength;
      const length =
        integer(nbytes, "nbytes", 0, Math.min(size, MOST_OCTETS)) || Math.min(size, MOST_OCTETS);
      const limit = this.#limit(options, flags);
      const wanted = this.#receiving.wanted(length, flags, limit);
      return {
        limit,
        method: "recvInto",
        asked: length,
        flags,
        data: into,
        attempt: (fd) => this.#receiving.receiveInto(fd, unmoved(into, size), wanted),
        partial: () => this.#receiving.partialInto(this.fileno(), unmoved(into, size), wanted),
      };
    });
  }

  /**
   * Sends, and gives the number of octets that the system has taken; see send(2). On a stream, a call that may wait
   * without end returns only when everything is taken, as the blocking call does. With MSG_DONTWAIT,
   * `setblocking(false)` or a timeout, it may be a part: send the rest again, or use `sendall`.
   *
   * What is being sent must not be changed before the promise is settled. Where the signal aborts, the cell
   * is interrupted, or an error comes, after a part has been taken, the call gives its number of octets, as a blocking
   * call does that a signal of the system interrupts; the next call has the error.
   *
   * @param flags MSG_DONTWAIT does not wait (EAGAIN), MSG_OOB sends the last octet as urgent (RFC 6093)
   * @throws SystemError EPIPE where the other side has closed the connection, ECONNRESET, EAGAIN, ETIMEDOUT,
   * EMSGSIZE for a datagram that is too long
   */
  send(data: Data, flags = 0, options?: WaitOptions): Promise<number> {
    return this.#operations.run("send", WRITE, () => {
      const limit = this.#limit(options, flags);
      const whole = this.#owner.type === SOCK_STREAM && limit.timeout === undefined;
      const outgoing = new Outgoing(octetsToRead(data, "data"), flags, whole);
      const part = () => outgoing.part;
      const { octets } = outgoing;
      return {
        limit,
        asked: octets.byteLength,
        flags,
        data: octets,
        progress: part,
        attempt: (fd) => this.#sending.send(fd, outgoing),
        partial: part,
        aborted: part,
      };
    });
  }

  /**
   * Sends everything, in as many pieces as it takes. With a timeout, that is the time for all of it. Where the call
   * throws, nobody knows how much was taken: give the connection up.
   *
   * @param flags as those of `send`
   */
  sendall(data: Data, flags = 0, options?: WaitOptions): Promise<void> {
    return this.#operations.run<void>("send", WRITE, () => {
      const limit = this.#limit(options, flags);
      const outgoing = new Outgoing(octetsToRead(data, "data"), flags, true);
      const attempt = (fd: number) => {
        const result = this.#sending.sendall(fd, outgoing);
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
  /** The same, with `flags` as those of `send`. */
  async sendto(data: Data, flags: number, address: Address, options?: WaitOptions): Promise<number>;
  async sendto(
    data: Data,
    ...others: [Address, WaitOptions?] | [number, Address, WaitOptions?]
  ): Promise<number> {
    const [flags, address, options] = hasFlags(others) ? others : ([0, ...others] as const);
    const limit = this.#limit(options, flags);
    const start = performance.now();
    this.#underWay.refuse("sendto");
    const octets = octetsToRead(data, "data");
    const sockaddr = await sockaddrOf(this.#owner.family, address, limit);
    const whole = this.#owner.type === SOCK_STREAM && limit.timeout === undefined;
    const outgoing = new Outgoing(octets, flags, whole, sockaddr);
    const part = () => outgoing.part;
    const operation: Operation<number> = {
      limit: rest(limit, start),
      asked: octets.byteLength,
      flags,
      data: octets,
      progress: part,
      attempt: (fd) => this.#sending.send(fd, outgoing),
      partial: part,
      aborted: part,
    };
    return await this.#operations.run("sendto", WRITE, () => operation, address);
  }

  /**
   * Ends one direction of the connection or both; see shutdown(2).
   *
   * @param how SHUT_WR tells the other side that nothing more will come, SHUT_RD, SHUT_RDWR
   */
  shutdown(how: number): void {
    int(how, "how");
    this.#record.during("shutdown", nameOf("SHUT_", how), () => {
      try {
        this.#call("shutdown", (fd) => system.shutdown(fd, how));
        this.#history.shut(how);
      } finally {
        // Linux ends the reading of an unconnected socket too, although it says ENOTCONN.
        if (how === SHUT_RD || how === SHUT_RDWR) {
          this.#receiving.isShut = true;
          this.#operations.retry(READ);
        }
      }
    });
  }

  /**
   * Gives the socket back to the system; see close(2). Calls that wait on it throw EBADF. To close twice is harmless.
   * If input is left unread, the other side gets a reset, and may lose what had been sent to it.
   */
  close(): void {
    if (this.fileno() < 0) return;
    const fd = this.fileno();
    const { gathered } = this.#receiving;
    if (this.#record.isRecorded) {
      this.#record.resets = this.#descriptor.resetsAtClose;
      this.#record.isOver = this.#descriptor.isOver;
      if (this.#owner.type === SOCK_STREAM)
        this.#record.unread = Math.max(0, system.unread(fd)) + gathered;
    }
    // The system does not know that nobody has read what was taken from it for a call that was cancelled.
    if (gathered > 0) this.#descriptor.resetAtClose();
    const giveBack = this.#descriptor.release();
    try {
      for (const forget of this.#forget) forget();
      this.#underWay.close();
      this.#operations.close();
      this.#record.close(giveBack);
    } finally {
      giveBack();
    }
  }

  /** `using connection = ...` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The socket's own address; see getsockname(2). */
  getsockname(): AddressOf<Family> {
    return this.#name("getsockname", system.getsockname);
  }

  /**
   * The address of the other side; see getpeername(2).
   *
   * @throws SystemError ENOTCONN
   */
  getpeername(): AddressOf<Family> {
    return this.#name("getpeername", system.getpeername);
  }

  /**
   * Sets an option; see setsockopt(2), socket(7), tcp(7), ip(7), ipv6(7).
   *
   * @param level SOL_SOCKET, or the protocol whose option it is: IPPROTO_TCP and so on
   * @param option SO_REUSEADDR, TCP_NODELAY and so on
   * @example
   * sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
   * sock.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
   * sock.setsockopt(SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 2, tv_usec: 500_000 });
   */
  setsockopt(level: number, option: number, value: OptionValue): void {
    const octets = encodeOption(value);
    refuseUnsafeOption(int(level, "level"), int(option, "the option"));
    this.#call("setsockopt", (fd) => system.setsockopt(fd, level, option, octets));
    if (level === SOL_SOCKET) this.#heed(option);
  }

  /**
   * The value of an option; see getsockopt(2). SO_LINGER, SO_RCVTIMEO and SO_SNDTIMEO are structures, any other is
   * an int, or with `buflen` as many octets as the system gives, `buflen` at most.
   *
   * @param level as that of `setsockopt`
   * @param option as that of `setsockopt`
   */
  getsockopt(level: typeof SOL_SOCKET, option: typeof SO_LINGER): Linger;
  getsockopt(level: typeof SOL_SOCKET, option: typeof SO_RCVTIMEO | typeof SO_SNDTIMEO): Timeval;
  getsockopt(level: number, option: number): number;
  getsockopt(level: number, option: number, buflen: number): Bytes;
  getsockopt(level: number, option: number, buflen?: number): number | Linger | Timeval | Bytes {
    refuseUnsafeOption(int(level, "level"), int(option, "the option"));
    const structure = level === SOL_SOCKET ? STRUCTURES[option] : undefined;
    const size = buflen === undefined ? (structure ? 16 : 4) : integer(buflen, "buflen", 0, 65536);
    // An option whose length is counted in something longer than octets has room as well.
    const octets = new Uint8Array(8 * size).subarray(0, size);
    if (level === SOL_SOCKET && option === SO_RCVLOWAT) this.#receiving.restoreLowat(this.fileno());
    const length = this.#call("getsockopt", (fd) => system.getsockopt(fd, level, option, octets));
    if (buflen !== undefined) return bytes(octets.subarray(0, length));
    return structure ? structure(octets) : new Int32Array(octets.buffer, 0, 1)[0];
  }

  /**
   * How long the calls on this socket wait: `seconds`, 0 not at all, as with `setblocking(false)`, or null without end,
   * which it is at first.
   */
  settimeout(seconds: number | null): void {
    this.#timeout = milliseconds(seconds);
  }

  /** What `settimeout` or `setblocking` has set. */
  gettimeout(): number | null {
    return this.#timeout === undefined ? null : this.#timeout / 1000;
  }

  /** Unless `blocking`, no call waits; one that would have to throws EAGAIN, or EINPROGRESS in `connect`. */
  setblocking(blocking: boolean): void {
    this.#timeout = blocking ? undefined : 0;
  }

  /** `<Socket fd=22 AF_INET SOCK_STREAM laddr=127.0.0.1:10000 raddr=127.0.0.1:50112>` */
  toString(): string {
    const fd = this.fileno();
    const local = this.#askName(system.getsockname);
    const remote = this.#askName(system.getpeername);
    const parts = [
      fd < 0 ? "closed" : `fd=${fd}`,
      nameOf("AF_", this.#owner.family),
      nameOf("SOCK_", this.#owner.type),
      ...(local === undefined ? [] : [`laddr=${printed(local)}`]),
      ...(remote === undefined ? [] : [`raddr=${printed(remote)}`]),
    ];
    return `<Socket ${parts.join(" ")}>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** The result of a call that does not wait. Where an address is in use, its error says who holds the wanted one. */
  #call(
    syscall: string,
    call: (fd: number) => number,
    address?: Address,
    wanted?: () => Address,
  ): number {
    const result = call(this.#descriptor.require(syscall));
    if (result >= 0) return result;
    const history = this.#history;
    if (result !== -errno.EADDRINUSE || !wanted)
      throw systemError(result, syscall, address, { history });
    const numeric = wanted();
    throw systemError(result, syscall, address ?? numeric, { history, wanted: numeric });
  }

  #name(syscall: string, call: (fd: number, name: system.SocketName) => number): AddressOf<Family> {
    const name = new SocketName();
    this.#underWay.refuse(syscall);
    this.#call(syscall, (fd) => call(fd, name));
    return this.#addressIn(name);
  }

  /** The same; undefined where the system gives none. */
  #askName(call: (fd: number, name: system.SocketName) => number): AddressOf<Family> | undefined {
    const name = new SocketName();
    const fd = this.fileno();
    return fd < 0 || call(fd, name) < 0 ? undefined : this.#addressIn(name);
  }

  #addressIn(name: system.SocketName): AddressOf<Family> {
    return (decodeSockaddr(name.filled) ?? unspecified(this.#owner.family)) as AddressOf<Family>;
  }

  #limit(options: WaitOptions | undefined, flags = 0): Limit {
    refuseUnsafeFlags(int(flags, "flags"));
    const limit = limitOf(options, this.#timeout);
    return flags & MSG_DONTWAIT ? { signal: limit.signal, timeout: 0 } : limit;
  }

  /** Has the record know the two ends of a connection that stands, or of one that its other side has just reset; of a
   * socket that listens, its own. */
  #noteEnds(peer?: Address): void {
    if (!this.#record.isRecorded) return;
    const local = this.#askName(system.getsockname);
    const remote = peer ?? this.#askName(system.getpeername);
    if (local !== undefined) this.#record.local = printed(local);
    if (remote !== undefined) this.#record.remote = printed(remote);
  }

  /** Keeps what the system itself heeds only in calls that block. */
  #heed(option: number): void {
    if (option === SO_RCVLOWAT) this.#receiving.heedLowat(this.fileno());
    if (option !== SO_RCVTIMEO && option !== SO_SNDTIMEO) return;
    const { tv_sec, tv_usec } = this.getsockopt(SOL_SOCKET, option);
    const timeout = tv_sec * 1000 + tv_usec / 1000 || undefined;
    if (option === SO_RCVTIMEO) this.#operations.receiveTimeout = timeout;
    else this.#operations.sendTimeout = timeout;
  }
}

function hasFlags(
  others: [Address, WaitOptions?] | [number, Address, WaitOptions?],
): others is [number, Address, WaitOptions?] {
  return typeof others[0] === "number";
}
