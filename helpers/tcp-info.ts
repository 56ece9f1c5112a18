/**
 * What the system knows of a TCP connection: `struct tcp_info`, see tcp(7) and `<linux/tcp.h>`. Linux only.
 *
 * @module
 */

"use deferred interrupts";

import { IPPROTO_TCP, TCP_INFO } from "./posix/constants";
import { isLittleEndian } from "./posix/platform";
import type { Socket } from "./posix/socket-class";
import { STATES, type State } from "./posix/tcp-states";

/** Some of the structure, under the names that C has for it. */
export interface TcpInfo {
  /** The name of `tcpi_state`, as netstat writes it. */
  state: State;
  /** The state's number on Linux. */
  tcpi_state: number;
  /** Retransmissions of the segment that waits for its acknowledgement. */
  tcpi_retransmits: number;
  /** Microseconds until an unacknowledged segment is sent again. */
  tcpi_rto: number;
  /** The most octets of data in one segment that is sent. */
  tcpi_snd_mss: number;
  /** The most octets of data in one segment, as far as those received tell. */
  tcpi_rcv_mss: number;
  /** Segments on their way; where the socket listens, connections that wait for `accept`. */
  tcpi_unacked: number;
  /** Segments acknowledged out of order; where the socket listens, how many connections may wait. */
  tcpi_sacked: number;
  /** Milliseconds since something was acknowledged, be it only a probe of SO_KEEPALIVE. */
  tcpi_last_ack_recv: number;
  /** The measured round-trip time, in microseconds. */
  tcpi_rtt: number;
  /** Its variation, in microseconds. */
  tcpi_rttvar: number;
  /** The congestion window, in segments. */
  tcpi_snd_cwnd: number;
  /** Retransmissions in the life of the connection. */
  tcpi_total_retrans: number;
  /** Octets that the other side has acknowledged; SYN and FIN count as one each. */
  tcpi_bytes_acked: number;
  /** Octets received; a FIN counts as one. */
  tcpi_bytes_received: number;
  /** Segments sent, those without data too. */
  tcpi_segs_out: number;
  /** Segments received, those without data too. */
  tcpi_segs_in: number;
}

/** The structure up to `tcpi_segs_in`; Linux has had so much of it since 4.2. */
const LENGTH = 144;

/**
 * What the system knows of this connection now.
 *
 * @throws SystemError for a socket that is closed or not one of TCP
 * @returns undefined on a system that has no TCP_INFO
 *
 * @example
 * tcpInfo(connection)?.state // "ESTABLISHED"
 */
export function tcpInfo(sock: Pick<Socket<number>, "getsockopt">): TcpInfo | undefined {
  if (TCP_INFO === undefined) return undefined;
  const octets = new Uint8Array(LENGTH);
  octets.set(sock.getsockopt(IPPROTO_TCP, TCP_INFO, LENGTH));
  const view = new DataView(octets.buffer);
  const u32 = (offset: number) => view.getUint32(offset, isLittleEndian);
  const u64 = (offset: number) => Number(view.getBigUint64(offset, isLittleEndian));
  return {
    state: STATES[octets[0]],
    tcpi_state: octets[0],
    tcpi_retransmits: octets[2],
    tcpi_rto: u32(8),
    tcpi_snd_mss: u32(16),
    tcpi_rcv_mss: u32(20),
    tcpi_unacked: u32(24),
    tcpi_sacked: u32(28),
    tcpi_last_ack_recv: u32(56),
    tcpi_rtt: u32(68),
    tcpi_rttvar: u32(72),
    tcpi_snd_cwnd: u32(80),
    tcpi_total_retrans: u32(100),
    tcpi_bytes_acked: u64(120),
    tcpi_bytes_received: u64(128),
    tcpi_segs_out: u32(136),
    tcpi_segs_in: u32(140),
  };
}
