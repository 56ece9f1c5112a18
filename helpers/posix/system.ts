/**
 * The operating system's socket calls, through koffi. The only module that knows that koffi and `errno` exist.
 *
 * Each call returns what the C function returns, or `-errno` where it failed. It reaches no descriptor that this module
 * has not opened itself (EBADF), and no memory beyond what it is given (TypeError).
 *
 * @module
 */

"use deferred interrupts";

import { constants } from "node:os";
import { isMainThread } from "node:worker_threads";
import koffi, { type node } from "koffi";
import { outsideCells } from "../../interface/cell";
import { AF_INET } from "./constants";
import { isDarwin } from "./platform";

if (!isDarwin && process.platform !== "linux") {
  throw new Error(`These sockets need Linux or macOS, not ${process.platform}.`);
}
if (!isMainThread) {
  throw new Error("These sockets work in Node's main thread only, not in a worker.");
}

/** The numbers of the errors of this system by name; a failed call returns such a number negated. */
export const errno = constants.errno;

/** What a call returns that would have to wait. */
export const AGAIN = -errno.EAGAIN;

/** A `struct sockaddr_storage`, for the calls that fill one in. */
export class SocketName {
  // Of Node's pool, which costs a quarter of memory of its own.
  readonly octets: Uint8Array = Buffer.allocUnsafe(128).fill(0);
  #length = 0;

  constructor() {
    Object.freeze(this);
  }

  /** Holds an address of so many octets, those that a call has filled in; 0 is none. */
  holds(length: number): this {
    this.#length = Math.min(length, this.octets.byteLength);
    return this;
  }

  /** Holds the address that another one holds. */
  copy(other: SocketName): void {
    this.octets.set(other.octets);
    this.#length = other.#length;
  }

  /** The octets of the address. */
  get filled(): Uint8Array {
    return this.octets.subarray(0, this.#length);
  }
}

// `void *` takes a typed array as it is, without a copy. The types are anonymous and the declarations have no
// state, so that a second evaluation of this module (an edited helper, in a notebook) is harmless.
const libc = koffi.load(null);
const c = {
  accept: libc.func("int accept(int, void *, void *)"),
  accept4: isDarwin ? undefined : libc.func("int accept4(int, void *, void *, int)"),
  bind: libc.func("int bind(int, void *, uint32_t)"),
  close: libc.func("int close(int)"),
  connect: libc.func("int connect(int, void *, uint32_t)"),
  fcntl: libc.func("int fcntl(int, int, ...)"),
  getpeername: libc.func("int getpeername(int, void *, void *)"),
  getsockname: libc.func("int getsockname(int, void *, void *)"),
  getsockopt: libc.func("int getsockopt(int, int, int, void *, void *)"),
  freeaddrinfo: libc.func("void freeaddrinfo(void *)"),
  gai_strerror: libc.func("str gai_strerror(int)"),
  getaddrinfo: libc.func("int getaddrinfo(str, str, void *, void *)"),
  inet_aton: libc.func("int inet_aton(str, void *)"),
  inet_ntop: libc.func("str inet_ntop(int, void *, void *, uint32_t)"),
  inet_pton: libc.func("int inet_pton(int, str, void *)"),
  ioctl: libc.func("int ioctl(int, unsigned long, ...)"),
  listen: libc.func("int listen(int, int)"),
  poll: libc.func("int poll(void *, unsigned long, int)"),
  recv: libc.func("intptr_t recv(int, void *, size_t, int)"),
  recvfrom: libc.func("intptr_t recvfrom(int, void *, size_t, int, void *, void *)"),
  send: libc.func("intptr_t send(int, void *, size_t, int)"),
  sendto: libc.func("intptr_t sendto(int, void *, size_t, int, void *, uint32_t)"),
  setsockopt: libc.func("int setsockopt(int, int, int, void *, uint32_t)"),
  shutdown: libc.func("int shutdown(int, int)"),
  syscall: libc.func("long syscall(long, ...)"),
  socket: libc.func("int socket(int, int, int)"),
  strerror: libc.func("str strerror(int)"),
};

/** errno has to be read before any other call of Node's overwrites it. */
function checked(result: number): number {
  return result < 0 ? -koffi.errno() : result;
}

const F_SETFD = 2;
const F_SETFL = 4;
const FD_CLOEXEC = 1;
const O_NONBLOCK = isDarwin ? 0x4 : 0o4000;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/** The descriptors that this module has opened and not closed. */
const ours = new Set<number>();

const BAD = -errno.EBADF;

/** macOS has no flags that make a new descriptor non-blocking and close it in child processes. */
function opened(fd: number): number {
  if (fd < 0) return fd;
  ours.add(fd);
  if (isDarwin) {
    c.fcntl(fd, F_SETFL, "int", O_NONBLOCK);
    c.fcntl(fd, F_SETFD, "int", FD_CLOEXEC);
  }
  return fd;
}

const byteLengthOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  "byteLength",
)?.get as (this: unknown) => number;

/** @throws TypeError unless this is memory of so many octets at least, whatever its properties say */
function memory(view: Uint8Array, length = view.byteLength): Uint8Array {
  const isWithin = view instanceof Uint8Array && length >= 0 && length <= byteLengthOf.call(view);
  if (!isWithin) throw new TypeError("the system call needs a Uint8Array that is long enough");
  return view;
}

/** What a call takes as the length of the memory, and gives as the length of what it has filled in: a `socklen_t`. */
const lengthInOut = new Uint32Array(new ArrayBuffer(4));

/** Has a call fill in an address, whose length is 0 where it has none to give. */
function named(
  name: SocketName,
  call: (octets: Uint8Array, length: Uint32Array) => number,
): number {
  if (!(name instanceof SocketName)) throw new TypeError("the system call needs a SocketName");
  lengthInOut[0] = name.octets.byteLength;
  const result = checked(call(name.octets, lengthInOut));
  name.holds(result < 0 ? 0 : lengthInOut[0]);
  return result;
}

export function socket(family: number, type: number, protocol: number): number {
  const flags = isDarwin ? 0 : SOCK_NONBLOCK | SOCK_CLOEXEC;
  return opened(checked(c.socket(family, type | flags, protocol)));
}

/** See pidfd_open(2) and pidfd_getfd(2): the numbers of these calls are the same on every machine with Linux. */
const PIDFD_OPEN = 434;
const PIDFD_GETFD = 438;

/** A descriptor for the socket that another process has under this number, of which it need not know. */
export function socketOf(process: number, fd: number): number {
  if (isDarwin) return -errno.ENOSYS;
  const pidfd = checked(c.syscall(PIDFD_OPEN, "int", process, "int", 0));
  if (pidfd < 0) return pidfd;
  const taken = checked(c.syscall(PIDFD_GETFD, "int", pidfd, "int", fd, "int", 0));
  c.close(pidfd);
  return opened(taken);
}

export function accept(fd: number, peer: SocketName): number {
  if (!ours.has(fd)) return BAD;
  const accepted = named(peer, (octets, length) =>
    c.accept4
      ? c.accept4(fd, octets, length, SOCK_NONBLOCK | SOCK_CLOEXEC)
      : c.accept(fd, octets, length),
  );
  return opened(accepted);
}

export function bind(fd: number, name: Uint8Array): number {
  return ours.has(fd) ? checked(c.bind(fd, memory(name), name.byteLength)) : BAD;
}

export function listen(fd: number, backlog: number): number {
  return ours.has(fd) ? checked(c.listen(fd, backlog)) : BAD;
}

export function connect(fd: number, name: Uint8Array): number {
  return ours.has(fd) ? checked(c.connect(fd, memory(name), name.byteLength)) : BAD;
}

/** Ends the attempt to connect, or what a failed one has left; macOS refuses. */
export function disconnect(fd: number): void {
  const unspecified = new Uint8Array(16);
  if (isDarwin) unspecified[0] = unspecified.byteLength;
  connect(fd, unspecified);
}

export function recv(fd: number, into: Uint8Array, length: number, flags: number): number {
  return ours.has(fd) ? checked(c.recv(fd, memory(into, length), length, flags)) : BAD;
}

export function recvfrom(
  fd: number,
  into: Uint8Array,
  length: number,
  flags: number,
  sender: SocketName,
): number {
  if (!ours.has(fd)) return BAD;
  memory(into, length);
  return named(sender, (octets, size) => c.recvfrom(fd, into, length, flags, octets, size));
}

export function send(fd: number, octets: Uint8Array, length: number, flags: number): number {
  return ours.has(fd) ? checked(c.send(fd, memory(octets, length), length, flags)) : BAD;
}

export function sendto(
  fd: number,
  octets: Uint8Array,
  length: number,
  flags: number,
  name: Uint8Array,
): number {
  if (!ours.has(fd)) return BAD;
  return checked(
    c.sendto(fd, memory(octets, length), length, flags, memory(name), name.byteLength),
  );
}

export function shutdown(fd: number, how: number): number {
  return ours.has(fd) ? checked(c.shutdown(fd, how)) : BAD;
}

export function close(fd: number): number {
  return ours.delete(fd) ? checked(c.close(fd)) : BAD;
}

export function getsockname(fd: number, name: SocketName): number {
  if (!ours.has(fd)) return BAD;
  return named(name, (octets, length) => c.getsockname(fd, octets, length));
}

export function getpeername(fd: number, name: SocketName): number {
  if (!ours.has(fd)) return BAD;
  return named(name, (octets, length) => c.getpeername(fd, octets, length));
}

export function setsockopt(fd: number, level: number, option: number, value: Uint8Array): number {
  if (!ours.has(fd)) return BAD;
  return checked(c.setsockopt(fd, level, option, memory(value), value.byteLength));
}

/** Fills `value` and returns how many octets of it the option took. */
export function getsockopt(fd: number, level: number, option: number, value: Uint8Array): number {
  if (!ours.has(fd)) return BAD;
  lengthInOut[0] = memory(value).byteLength;
  const result = checked(c.getsockopt(fd, level, option, value, lengthInOut));
  return result < 0 ? result : Math.min(lengthInOut[0], value.byteLength);
}

/** The value of an option that is an int, or `-errno`. */
export function intOption(fd: number, level: number, option: number): number {
  const value = new Int32Array(1);
  const result = getsockopt(fd, level, option, new Uint8Array(value.buffer));
  return result < 0 ? result : value[0];
}

/** Events of poll(2): there is something to read; the other side has finished, or the connection is over. */
export const INPUT = 0x1;
export const ENDED = isDarwin ? 0x8 | 0x10 | 0x20 : 0x8 | 0x10 | 0x20 | 0x2000;

/** The number stands for no open descriptor (POLLNVAL). */
const NONE = 0x20;

const polled = new Int32Array(2);
const polledEvents = new Int16Array(polled.buffer, 4, 2);

/** Which of these events there are now, without waiting; or `-errno`. */
export function poll(fd: number, events: number): number {
  if (!ours.has(fd)) return BAD;
  polled[0] = fd;
  polledEvents[0] = events;
  polledEvents[1] = 0;
  const result = checked(c.poll(polled, 1, 0));
  return result < 0 ? result : polledEvents[1];
}

/** What poll(2) says at once of each of several descriptors that are to be asked for these events; or `-errno`. */
export function pollAll(asked: readonly { fd: number; events: number }[]): Int16Array | number {
  // struct pollfd: an int, two shorts.
  const block = new ArrayBuffer(8 * asked.length);
  const fds = new Int32Array(block);
  const shorts = new Int16Array(block);
  for (const [index, { fd, events }] of asked.entries()) {
    // The system leaves a negative number out, and it is said below that it is none.
    fds[2 * index] = ours.has(fd) ? fd : -1;
    shorts[4 * index + 2] = events;
  }
  const result = checked(c.poll(fds, fds.length / 2, 0));
  if (result < 0) return result;
  return Int16Array.from(asked, ({ fd }, index) => (ours.has(fd) ? shorts[4 * index + 3] : NONE));
}

// FIONREAD, which ip(7) calls SIOCINQ, and SIOCOUTQ, as most processors have them on Linux.
const SIOCINQ = 0x541b;
const SIOCOUTQ = 0x5411;

/** How many octets have arrived that nobody has read, see tcp(7) and udp(7); Linux only. */
export function unread(fd: number): number {
  return queued(fd, SIOCINQ);
}

/** How many octets were sent and not acknowledged by the other side, see tcp(7); Linux only. */
export function unacknowledged(fd: number): number {
  return queued(fd, SIOCOUTQ);
}

const queue = new Int32Array(1);

function queued(fd: number, request: number): number {
  if (isDarwin) return -errno.ENOTSUP;
  if (!ours.has(fd)) return BAD;
  const result = checked(c.ioctl(fd, request, "void *", queue));
  return result < 0 ? result : queue[0];
}

/** The system's own words for an error, such as "Connection refused". */
export function strerror(error: number): string {
  return c.strerror(error);
}

/** Writes the octets of a dotted IPv4 or a colon-separated IPv6 address into `into`; false where `host` is none. */
export function inetPton(family: number, host: string, into: Uint8Array): boolean {
  if (typeof host !== "string") return false;
  return c.inet_pton(family, host, memory(into, family === AF_INET ? 4 : 16)) === 1;
}

/** The text of the 4 octets of an IPv4 or the 16 of an IPv6 address. */
export function inetNtop(family: number, octets: Uint8Array): string {
  const into = new Uint8Array(64);
  return c.inet_ntop(family, memory(octets, family === AF_INET ? 4 : 16), into, into.byteLength);
}

/** Like inetPton for IPv4, but takes every form that inet(3) knows: "127.1", "0x7f.1", "2130706433". */
export function inetAton(host: string, into: Uint8Array): boolean {
  return typeof host === "string" && c.inet_aton(host, memory(into, 4)) !== 0;
}

const addrinfo = koffi.struct({
  ai_flags: "int",
  ai_family: "int",
  ai_socktype: "int",
  ai_protocol: "int",
  ai_addrlen: "uint32_t",
  ...(isDarwin
    ? { ai_canonname: "str", ai_addr: "void *" }
    : { ai_addr: "void *", ai_canonname: "str" }),
  ai_next: "void *",
});

/** One answer of the resolver; `name` is its sockaddr. */
export interface AddrInfo {
  family: number;
  type: number;
  protocol: number;
  canonname: string;
  name: Uint8Array;
}

/** What the resolver found, or the number of its error, with errno where that is EAI_SYSTEM. */
export type Found = AddrInfo[] | { error: number; failure: number };

/** Asks getaddrinfo(3), on one of libuv's threads. */
export function getaddrinfo(
  host: string | null,
  service: string | null,
  hints: { flags: number; family: number; type: number; protocol: number },
  callback: (found: Found) => void,
): void {
  for (const text of [host, service]) {
    if (text !== null && typeof text !== "string") throw new TypeError("a name must be a string");
  }
  if (typeof callback !== "function") throw new TypeError("the answer needs a function");
  // One piece of memory for what goes in and what comes out: koffi does not keep it alive, the callback does.
  const block = new ArrayBuffer(8 + koffi.sizeof(addrinfo));
  const answer = new BigUint64Array(block, 0, 1);
  const asked = new Int32Array(block, 8);
  asked.set([hints.flags, hints.family, hints.type, hints.protocol]);
  c.getaddrinfo.async(host, service, asked, answer, (error: Error | null, result: number) => {
    const failure = -koffi.errno();
    if (error) throw error;
    const found = result === 0 ? answersFrom(answer[0]) : { error: result, failure };
    if (result === 0) c.freeaddrinfo(answer[0]);
    // In a turn of its own: what it throws must not go through koffi, which tells of it wherever it is called next.
    outsideCells(() => setImmediate(callback, found));
  });
}

interface Answer {
  ai_family: number;
  ai_socktype: number;
  ai_protocol: number;
  ai_addrlen: number;
  ai_addr: bigint;
  ai_canonname: string | null;
  ai_next: bigint | null;
}

function answersFrom(first: bigint): AddrInfo[] {
  const list: AddrInfo[] = [];
  for (let next: bigint | null = first; next; ) {
    const info: Answer = koffi.decode(next, addrinfo);
    list.push({
      family: info.ai_family,
      type: info.ai_socktype,
      protocol: info.ai_protocol,
      canonname: info.ai_canonname ?? "",
      name: Uint8Array.from(koffi.decode(info.ai_addr, "uint8_t", info.ai_addrlen)),
    });
    next = info.ai_next;
  }
  return list;
}

/** The system's own words for an error of the resolver, such as "Name or service not known". */
export function gaiStrerror(error: number): string {
  return c.gai_strerror(error);
}

/** Directions in which a descriptor can be ready. */
export const READ = 1;
export const WRITE = 2;

// When Node exits, it runs libuv once more to let go of its handles, without JavaScript, and koffi ends the process by
// SIGABRT if one of them is ready then. One listener for all evaluations of this module.
const POLLS = Symbol.for("helpers.system.polls");
type Polls = { open: Set<{ close(): void }>; exiting: boolean };
const shared = globalThis as { [POLLS]?: Polls };
const polls = shared[POLLS] ?? closedAtExit();
shared[POLLS] = polls;

function closedAtExit(): Polls {
  const polls: Polls = { open: new Set(), exiting: false };
  process.once("exit", () => {
    polls.exiting = true;
    for (const poll of polls.open) poll.close();
  });
  return polls;
}

// Up to Node 24, what a promise leads to runs in the same turn of the event loop as the event that has settled it;
// later ones leave it until something else happens, for an event that is not Node's own.
const PROMISES_NEED_A_TURN = Number.parseInt(process.versions.node, 10) > 24;
const nothing = () => {};

/** The descriptors that a Poll watches. */
const watched = new Set<number>();

/**
 * Handles that watch nothing now, by the number of their descriptor: a new descriptor mostly has the number of one that
 * was closed, and to make a handle and let go of it costs four system calls and a turn of the event loop.
 *
 * They are not touched before the number is one of ours again: meanwhile it may be one of Node's own.
 */
const resting = new Map<number, node.PollHandle>();

/**
 * Watches one descriptor by libuv's `uv_poll`: level-triggered, on the event loop, no thread. There may be one for
 * each descriptor at a time, it must be closed before its descriptor is, and nothing may be called on it after.
 *
 * koffi has typed `node.poll` but not documented it, hence the exact version in package.json. epoll(7), or poll(2)
 * and a pipe on a thread, behind the methods of this class, would replace it.
 */
export class Poll {
  readonly #fd: number;
  readonly #callback: (status: number, ready: { readable: boolean; writable: boolean }) => void;
  #onReady: ((ready: number, stopped: boolean) => void) | undefined;
  #handle: node.PollHandle | undefined;
  #isClosed = false;

  /**
   * @param onReady gets the directions that are ready. It gets both when the descriptor has an error to report;
   * libuv has then stopped watching. It must not throw.
   */
  constructor(fd: number, onReady: (ready: number, stopped: boolean) => void) {
    if (!ours.has(fd) || watched.has(fd)) {
      throw new TypeError("only a descriptor of ours that nothing watches yet can be watched");
    }
    watched.add(fd);
    this.#fd = fd;
    this.#onReady = onReady;
    // koffi declares one parameter and passes two: libuv's status comes first.
    this.#callback = (status, ready) => {
      if (status < 0) this.#onReady?.(READ | WRITE, true);
      else this.#onReady?.((ready.readable ? READ : 0) | (ready.writable ? WRITE : 0), false);
      if (PROMISES_NEED_A_TURN) outsideCells(() => setImmediate(nothing));
    };
  }

  /** Watches for these directions from now on instead of those before; 0 stops. */
  watch(directions: number): void {
    if (polls.exiting || this.#isClosed) return;
    if (directions === 0) {
      this.#handle?.stop();
      return;
    }
    polls.open.add(this);
    const options = { readable: (directions & READ) !== 0, writable: (directions & WRITE) !== 0 };
    const callback = this.#callback as unknown as (ready: node.PollEvents) => void;
    this.#handle ??= resting.get(this.#fd);
    if (this.#handle) this.#handle.start(options, callback);
    else this.#handle = koffi.node.poll(this.#fd, options, callback);
  }

  /** A referenced, watching poll keeps the process alive. */
  ref(): void {
    this.#handle?.ref();
  }

  unref(): void {
    this.#handle?.unref();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    watched.delete(this.#fd);
    polls.open.delete(this);
    this.#onReady = undefined;
    if (!this.#handle) return;
    this.#handle.stop();
    // As one that is new.
    this.#handle.ref();
    resting.set(this.#fd, this.#handle);
    this.#handle = undefined;
  }
}
