/**
 * Options of Linux whose value is more than octets: a structure that holds addresses of memory, or a length that is not
 * counted in octets. The system would read or write memory that is nobody's, so they are refused.
 *
 * @module
 */

"use deferred interrupts";

import { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SOL_SOCKET } from "./constants";
import { isDarwin } from "./platform";

const POINTERS = "its structure holds addresses of memory";

/** Ranges of options by level, the last one included; see <linux/filter.h>, <linux/tcp.h> and iptables's headers. */
const UNSAFE: readonly [level: number, first: number, last: number, why: string][] = [
  // SO_ATTACH_FILTER, which getsockopt knows as SO_GET_FILTER.
  [
    SOL_SOCKET,
    26,
    26,
    "its structure holds an address of memory, or its length counts instructions",
  ],
  // SO_ATTACH_REUSEPORT_CBPF.
  [SOL_SOCKET, 51, 51, POINTERS],
  // TCP_ZEROCOPY_RECEIVE.
  [IPPROTO_TCP, 35, 35, POINTERS],
  // The tables of iptables, ip6tables and IPVS.
  [IPPROTO_IP, 64, 127, POINTERS],
  [IPPROTO_IPV6, 64, 65, POINTERS],
  [IPPROTO_IP, 1152, 1215, POINTERS],
  // SCTP: addresses in memory, and options that make new descriptors.
  [132, 0, 2 ** 31 - 1, "SCTP's options hold addresses of memory and make descriptors"],
  // PACKET_FANOUT_DATA.
  [263, 22, 22, POINTERS],
  // RDS and XDP.
  [276, 0, 2 ** 31 - 1, POINTERS],
  [283, 0, 2 ** 31 - 1, POINTERS],
];

const MSG_ZEROCOPY = 0x4000000;

/** @throws TypeError for MSG_ZEROCOPY, with which the system sends memory after the call that names it has come back */
export function refuseUnsafeFlags(flags: number): void {
  if (isDarwin || !(flags & MSG_ZEROCOPY)) return;
  throw new TypeError(
    "MSG_ZEROCOPY is not offered here: the memory would be sent after it may have been used again",
  );
}

/** @throws TypeError for an option that is not octets */
export function refuseUnsafeOption(level: number, option: number): void {
  if (isDarwin) return;
  const found = UNSAFE.find(
    ([of, first, last]) => of === level && first <= option && option <= last,
  );
  if (found)
    throw new TypeError(`option ${option} of level ${level} is not offered here: ${found[3]}`);
}
