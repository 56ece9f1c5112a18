/**
 * The Internet sockets of all programs, as Linux tells them in /proc/net; see proc_pid_net(5).
 *
 * @module
 */

"use deferred interrupts";

import { readFileSync } from "node:fs";
import { type InetAddress, inetNtop } from "./address";
import { AF_INET, AF_INET6 } from "./constants";
import { STATES, type State } from "./tcp-states";

/** The transport, with a 6 where it is that of IPv6. */
export type Protocol = "tcp" | "tcp6" | "udp" | "udp6";

/** All of them. */
export const PROTOCOLS: readonly Protocol[] = ["tcp", "tcp6", "udp", "udp6"];

/** One socket, or what the system still remembers of one. */
export interface Row {
  /** The protocol, and by which version of IP. */
  proto: Protocol;
  /** Octets that no program has read yet; where the socket listens, connections that wait for `accept` (on Linux). */
  receiveQueue: number;
  /** Octets that the other side has not acknowledged yet. */
  sendQueue: number;
  /** The socket's own address; port 0 where it has none. */
  local: InetAddress;
  /** `["0.0.0.0", 0]` or `["::", 0]` where there is no other side. */
  remote: InetAddress;
  /** Empty where the protocol has none: UDP's sockets are at most ESTABLISHED, which is connected. */
  state: State;
}

/**
 * A row of /proc/net.
 *
 * @internal
 */
export interface ProcRow extends Row {
  /** The socket's number there; 0 when no program has it any more. */
  inode: number;
}

/**
 * What /proc/net says of the sockets of these protocols. A system without IPv6 has no tables of it.
 *
 * The system writes a table page by page, and shows a socket once more where others have come or gone in between: the
 * later row counts.
 *
 * @internal
 */
export function fromProcNet(protocols: readonly Protocol[]): ProcRow[] {
  return protocols.flatMap((proto) => {
    const lines = proto.endsWith("6")
      ? readIfThere(`/proc/net/${proto}`)
      : readFileSync(`/proc/net/${proto}`, "latin1");
    const rows = new Map<string, ProcRow>();
    for (const text of lines.trimEnd().split("\n").slice(1)) {
      const fields = text.trim().split(/\s+/);
      const [, local, remote, , , , , , , inode] = fields;
      rows.set(`${local} ${remote} ${inode}`, procRow(proto, fields));
    }
    return [...rows.values()];
  });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function procRow(proto: Protocol, fields: string[]): ProcRow {
  const [, local, remote, state, queues, , , , , inode] = fields;
  const [sendQueue, receiveQueue] = queues.split(":").map((hex) => Number.parseInt(hex, 16));
  const number = Number.parseInt(state, 16);
  return {
    proto,
    receiveQueue,
    sendQueue,
    local: procAddress(local),
    remote: procAddress(remote),
    // An unconnected socket of UDP has the number of TCP's CLOSE.
    state: proto.startsWith("udp") && number !== 1 ? "" : STATES[number],
    inode: Number(inode),
  };
}

/** "0100007F:2710" is 127.0.0.1, port 10000: words of 32 bits in the order of the machine, then the port. */
function procAddress(text: string): InetAddress {
  const [words, port] = text.split(":");
  const octets = new Uint8Array(
    Uint32Array.from(words.match(/.{8}/g) ?? [], (word) => Number.parseInt(word, 16)).buffer,
  );
  const family = octets.length === 4 ? AF_INET : AF_INET6;
  return [inetNtop(family, octets), Number.parseInt(port, 16)];
}
