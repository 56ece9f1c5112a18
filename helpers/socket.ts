/**
 * The operating system's sockets, under the names that POSIX and Python's `socket` module give them.
 *
 * A call that may wait returns a promise and means what the blocking call means on this system; how it waits is
 * Node's business, and everything else goes on meanwhile.
 *
 * What differs from Python: to ask a closed socket for no octets is EBADF; a time limit of the caller's own is ETIMEDOUT;
 * MSG_ZEROCOPY and options whose value holds addresses of memory are refused.
 *
 * @example
 * const sock = socket(AF_INET, SOCK_STREAM);
 * await sock.connect(["localhost", 10000]);
 * await sock.sendall("Hi there, server");
 * console.log(await sock.recv(16)); // b'Hi there, server'
 * sock.close();
 *
 * @module
 */

"use deferred interrupts";

import { AF_INET, SOCK_STREAM } from "./posix/constants";
import { Socket } from "./posix/socket-class";
import { shareInNotebook } from "./record/record-store";
import { displayEach } from "./show/display";
import { socketBundle } from "./show/socket-display";
import { tcpInfo } from "./tcp-info";

export type { Address, AddressOf, Inet6Address, InetAddress, UnixAddress } from "./posix/address";
export { inetAton, inetNtoa, inetNtop, inetPton } from "./posix/address";
export { Bytes, bytes, type Data, repr } from "./posix/bytes";
export type { WaitOptions } from "./posix/cancellation";
export { getConstants } from "./posix/constant-names";
export * from "./posix/constants";
export {
  type ConnectionOptions,
  createConnection,
  createServer,
  type InternetFamily,
  type ServerOptions,
} from "./posix/create-connection";
export type { Linger, OptionValue, Timeval } from "./posix/options";
export { EOFError, recvall } from "./posix/recvall";
export { type AddressInfo, getaddrinfo, gethostname, type Hints } from "./posix/resolver";
export type { SystemError } from "./posix/system-error";
export { Socket };

shareInNotebook();
displayEach(Socket, (sock) => socketBundle(sock, () => tcpInfo(sock)));

/**
 * A new socket; see socket(2).
 *
 * @param family AF_INET, AF_INET6 or AF_UNIX; of others the calls cannot take an address
 * @param type SOCK_STREAM, SOCK_DGRAM and so on
 * @param proto the protocol, where the type has several; 0 is its usual one
 * @throws SystemError EAFNOSUPPORT, EPROTONOSUPPORT, EMFILE, or EPERM for SOCK_RAW
 */
export function socket<Family extends number = typeof AF_INET>(
  family: Family = AF_INET as Family,
  type: number = SOCK_STREAM,
  proto = 0,
): Socket<Family> {
  return new Socket(family, type, proto);
}
