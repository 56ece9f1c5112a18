/**
 * What a socket shows of itself: what the program has asked for, and what the system says.
 *
 * @module
 */

"use deferred interrupts";

import type { MimeBundle } from "../../interface/cell";
import { printed } from "../posix/address";
import { nameOf } from "../posix/constant-names";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_ACCEPTCONN,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_CORK,
  TCP_NODELAY,
} from "../posix/constants";
import { gatheredBy, type Socket } from "../posix/socket-class";
import { unacknowledged, unread } from "../posix/system";
import { isSystemError } from "../posix/system-error";
import { markdownTable, textTable } from "./display";
import { counted } from "./quantities";

/** Options that are shown when they are on, with their levels. */
const SWITCHES: readonly [name: string, level: number, option: number | undefined][] = [
  ["SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR],
  ["SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT],
  ["SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE],
  ["SO_BROADCAST", SOL_SOCKET, SO_BROADCAST],
  ["IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY],
  ["TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY],
  ["TCP_CORK", IPPROTO_TCP, TCP_CORK],
];

/** What TCP tells of a connection, or of a socket that listens: see TcpInfo. */
interface Told {
  state: string;
  tcpi_unacked: number;
  tcpi_sacked: number;
}

/**
 * The socket as a table. What the system does not tell is left out.
 *
 * @param tcpInfo asks what TCP knows of it
 */
export function socketBundle(sock: Socket<number>, tcpInfo: () => Told | undefined): MimeBundle {
  const rows = describe(sock, tcpInfo);
  const head = ["socket", sock.fileno() < 0 ? "closed" : `fd ${sock.fileno()}`];
  return { "text/markdown": markdownTable(head, rows), "text/plain": textTable(head, rows) };
}

function describe(sock: Socket<number>, tcpInfo: () => Told | undefined): string[][] {
  const protocol = tell(() => SO_PROTOCOL && sock.getsockopt(SOL_SOCKET, SO_PROTOCOL));
  const known: [name: string, value: string | undefined][] = [
    ["family", nameOf("AF_", sock.family)],
    ["type", nameOf("SOCK_", sock.type)],
    ["protocol", protocolName(sock, protocol || sock.proto)],
  ];
  if (sock.fileno() >= 0) {
    const info = tell(tcpInfo);
    known.push(
      ["local address", tell(() => printed(sock.getsockname()) || "none")],
      ["remote address", tell(() => printed(sock.getpeername()) || "none")],
      ["state", info?.state],
      ["options", options(sock)],
      ["timeout", sock.gettimeout() === null ? "none" : `${sock.gettimeout()} s`],
    );
    if (tell(() => sock.getsockopt(SOL_SOCKET, SO_ACCEPTCONN))) {
      const waiting = info && `${info.tcpi_unacked}, backlog ${info.tcpi_sacked}`;
      known.push(["waiting to be accepted", waiting]);
    } else {
      known.push(["not read yet", octets(unread(sock.fileno()), gatheredBy(sock))]);
      if (info) known.push(["not acknowledged yet", octets(unacknowledged(sock.fileno()))]);
    }
  }
  return known.filter((row): row is [string, string] => row[1] !== undefined);
}

/** Families other than the Internet's have protocols with numbers of their own, and mostly one. */
function protocolName({ family, type }: Socket<number>, number: number): string | undefined {
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  if (number === 0 && type === SOCK_STREAM) return nameOf("IPPROTO_", IPPROTO_TCP);
  return nameOf("IPPROTO_", number);
}

function options(sock: Socket<number>): string {
  const found: string[] = [];
  for (const [name, level, option] of SWITCHES) {
    if (option !== undefined && tell(() => sock.getsockopt(level, option))) found.push(name);
  }
  const linger = tell(() => sock.getsockopt(SOL_SOCKET, SO_LINGER));
  if (linger?.l_onoff) found.push(`SO_LINGER ${linger.l_linger} s`);
  for (const [name, option] of [
    ["SO_SNDBUF", SO_SNDBUF],
    ["SO_RCVBUF", SO_RCVBUF],
  ] as const) {
    found.push(`${name} ${sock.getsockopt(SOL_SOCKET, option)}`);
  }
  return found.join(", ");
}

function octets(told: number, more = 0): string | undefined {
  if (told < 0) return undefined;
  return counted(told + more, "octet");
}

/** What the system says, or undefined where it does not. */
function tell<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
