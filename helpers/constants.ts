/**
 * The numbers behind POSIX's names, on Linux and on macOS, under the names that Python's `socket` module gives them.
 *
 * `on(linux, darwin)` is the value on the running system, and its type is the literal numbers. A name that one of
 * the two does not know is undefined there; the type says so, and the compiler asks.
 *
 * @module
 */

const darwin = process.platform === "darwin";

function on<const Linux, const Darwin>(linux: Linux, mac: Darwin): Linux | Darwin {
  return darwin ? mac : linux;
}

export const AF_UNSPEC = on(0, 0);
export const AF_UNIX = on(1, 1);
export const AF_INET = on(2, 2);
export const AF_INET6 = on(10, 30);
export const SOCK_STREAM = on(1, 1);
export const SOCK_DGRAM = on(2, 2);
export const SOCK_NONBLOCK = on(0o4000, undefined);
export const SOCK_CLOEXEC = on(0o2000000, undefined);
export const SOL_SOCKET = on(1, 0xffff);
export const SO_REUSEADDR = on(2, 4);
export const SO_ERROR = on(4, 0x1007);
export const SO_LINGER = on(13, 0x80);
export const SO_RCVLOWAT = on(18, 0x1004);
export const SO_RCVTIMEO = on(20, 0x1006);
export const SO_SNDTIMEO = on(21, 0x1005);
export const SOMAXCONN = on(4096, 128);
export const IPPROTO_TCP = on(6, 6);
export const TCP_NODELAY = on(1, 1);
export const MSG_PEEK = on(2, 2);
export const MSG_TRUNC = on(0x20, 0x10);
export const MSG_DONTWAIT = on(0x40, 0x80);
export const MSG_WAITALL = on(0x100, 0x40);
export const SHUT_RD = on(0, 0);
export const SHUT_WR = on(1, 1);
export const SHUT_RDWR = on(2, 2);
export const AI_PASSIVE = on(1, 1);
export const AI_CANONNAME = on(2, 2);
export const EAI_AGAIN = on(-3, 2);
export const EAI_NONAME = on(-2, 8);
export const EAI_SERVICE = on(-8, 9);
export const EAI_SYSTEM = on(-11, 11);
