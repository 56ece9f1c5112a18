/**
 * The Internet sockets of this machine as netstat(8) lists them, also where that program is missing: read from /proc
 * on Linux (proc_pid_net(5)), from `netstat -an` elsewhere.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import type { MimeBundle } from "../interface/cell";
import { type InetAddress, inetNtop, printed } from "./posix/address";
import { AF_INET, AF_INET6 } from "./posix/constants";
import { DISPLAY, tableBundle } from "./show/display";

const PROTOCOLS = ["tcp", "tcp6", "udp", "udp6"] as const;

export type Protocol = (typeof PROTOCOLS)[number];

/** The states of a TCP connection (RFC 9293, section 3.3.2), as netstat writes them on Linux, by their numbers there. */
export const STATES = [
  "",
  "ESTABLISHED",
  "SYN_SENT",
  "SYN_RECV",
  "FIN_WAIT1",
  "FIN_WAIT2",
  "TIME_WAIT",
  "CLOSE",
  "CLOSE_WAIT",
  "LAST_ACK",
  "LISTEN",
  "CLOSING",
  "SYN_RECV", // a request for a connection, which is not a socket yet
] as const;

export type State = (typeof STATES)[number];

/** One socket, or what the system still remembers of one. */
export interface Row {
  proto: Protocol;
  /** Octets that no program has read yet; where the socket listens, connections that wait for `accept` (on Linux). */
  receiveQueue: number;
  /** Octets that the other side has not acknowledged yet. */
  sendQueue: number;
  local: InetAddress;
  /** `["0.0.0.0", 0]` or `["::", 0]` where there is no other side. */
  remote: InetAddress;
  /** Empty where the protocol has none: UDP's sockets are at most ESTABLISHED, which is connected. */
  state: State;
}

/** Rows that print as a table. */
export class Table extends Array<Row> {
  /** Where the rows are from. */
  source: "/proc/net" | "netstat -an" = "/proc/net";

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  override toString(): string {
    return [HEAD, ...this.map(cells)].map(line).join("\n");
  }

  [inspect.custom](): string {
    return this.toString();
  }

  [DISPLAY](): MimeBundle {
    return tableBundle(HEAD, this.map(cells), this.toString());
  }
}

/**
 * The sockets of IPv4 and IPv6, of all programs.
 *
 * @param port only those that have this port on one of their sides; or only those of the connections between two ports,
 * as a system may remember others that had one of them
 * @param state only those in this state
 * @throws Error where the system offers neither /proc/net nor the program
 *
 * @example
 * netstat(10001, "LISTEN")
 * // Proto Recv-Q Send-Q Local Address          Foreign Address        State
 * // tcp        0      0 127.0.0.1:10001        0.0.0.0:*              LISTEN
 */
export function netstat(
  port?: number | readonly [near: number, far: number],
  state?: State,
): Table {
  const table = new Table();
  table.source = process.platform === "linux" ? "/proc/net" : "netstat -an";
  const rows = table.source === "/proc/net" ? fromProcNet(PROTOCOLS) : fromProgram(runNetstat());
  for (const row of rows) {
    if (isAt(row, port) && (state === undefined || row.state === state)) table.push(row);
  }
  return table;
}

function isAt(
  { local: [, one], remote: [, other] }: Row,
  port?: number | readonly [number, number],
): boolean {
  if (port === undefined) return true;
  if (typeof port === "number") return one === port || other === port;
  const [near, far] = port;
  return (one === near && other === far) || (one === far && other === near);
}

/** A row of /proc/net. */
export interface ProcRow extends Row {
  /** The socket's number there; 0 when no program has it any more. */
  inode: number;
}

/** What /proc/net says of the sockets of these protocols. A system without IPv6 has no tables of it. */
export function fromProcNet(protocols: readonly Protocol[]): ProcRow[] {
  return protocols.flatMap((proto) => {
    const lines = proto.endsWith("6")
      ? readIfThere(`/proc/net/${proto}`)
      : readFileSync(`/proc/net/${proto}`, "latin1");
    return lines
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((text) => procRow(proto, text.trim().split(/\s+/)));
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

function runNetstat(): string {
  try {
    return execFileSync("netstat", ["-an"], { encoding: "utf8", maxBuffer: 2 ** 26 });
  } catch (cause) {
    throw new Error("this system has no /proc/net, and the program netstat did not run", { cause });
  }
}

/** The rows in what `netstat -an` prints, on macOS ("tcp4", "127.0.0.1.10001", "*.*") or on Linux. */
export function fromProgram(output: string): Row[] {
  const found = output.matchAll(
    /^(tcp|udp)(4|6|46)? +(\d+) +(\d+) +(\S+)[.:](\d+|\*) +(\S+)[.:](\d+|\*)(?: +([A-Z]\w*))?/gm,
  );
  return Array.from(found, ([, transport, version, receiveQueue, sendQueue, ...rest]) => {
    const [localHost, localPort, remoteHost, remotePort, state = ""] = rest;
    const proto = `${transport}${version?.endsWith("6") ? "6" : ""}` as Protocol;
    const any = proto.endsWith("6") ? "::" : "0.0.0.0";
    const address = (host: string, port: string): InetAddress => [
      host === "*" ? any : host,
      port === "*" ? 0 : Number(port),
    ];
    return {
      proto,
      receiveQueue: Number(receiveQueue),
      sendQueue: Number(sendQueue),
      local: address(localHost, localPort),
      remote: address(remoteHost, remotePort),
      state: (ON_MACOS[state] ?? state) as State,
    };
  });
}

/** States that macOS writes in another way. */
const ON_MACOS: Record<string, State | undefined> = {
  CLOSED: "CLOSE",
  FIN_WAIT_1: "FIN_WAIT1",
  FIN_WAIT_2: "FIN_WAIT2",
  SYN_RCVD: "SYN_RECV",
};

const HEAD = ["Proto", "Recv-Q", "Send-Q", "Local Address", "Foreign Address", "State"];

function cells(row: Row): string[] {
  const { proto, receiveQueue, sendQueue, local, remote, state } = row;
  return [proto, `${receiveQueue}`, `${sendQueue}`, written(local), written(remote), state];
}

/** The port 0 is none. */
function written(address: InetAddress): string {
  return printed(address).replace(/:0$/, ":*");
}

function line([proto, received, sent, local, remote, state]: string[]): string {
  const queues = `${received.padStart(6)} ${sent.padStart(6)}`;
  return `${proto.padEnd(5)} ${queues} ${local.padEnd(22)} ${remote.padEnd(22)} ${state}`.trimEnd();
}
