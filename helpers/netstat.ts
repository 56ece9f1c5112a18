/**
 * The Internet sockets of this machine as netstat(8) lists them, also where that program is missing: read from /proc
 * on Linux (proc_pid_net(5)), from `netstat -an` elsewhere.
 *
 * @module
 */

"use deferred interrupts";

import { execFileSync } from "node:child_process";
import { inspect } from "node:util";
import type { MimeBundle } from "../interface/cell";
import { type InetAddress, printed } from "./posix/address";
import { isDarwin } from "./posix/platform";
import { fromProcNet, PROTOCOLS, type Protocol, type Row } from "./posix/proc-net";
import { ON_MACOS, type State } from "./posix/tcp-states";
import { DISPLAY, tableBundle } from "./show/display";

export { fromProcNet, type ProcRow, type Protocol, type Row } from "./posix/proc-net";
export type { State } from "./posix/tcp-states";

/** Rows that print as a table. */
export class Table extends Array<Row> {
  /** Where the rows are from. */
  source: "/proc/net" | "netstat -an" = "/proc/net";

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** The rows in columns under a head, as netstat prints them. */
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
  table.source = isDarwin ? "netstat -an" : "/proc/net";
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

function runNetstat(): string {
  try {
    return execFileSync("netstat", ["-an"], { encoding: "utf8", maxBuffer: 2 ** 26 });
  } catch (cause) {
    throw new Error("this system has no /proc/net, and the program netstat did not run", { cause });
  }
}

/**
 * The rows in what `netstat -an` prints, on macOS ("tcp4", "127.0.0.1.10001", "*.*") or on Linux.
 *
 * @internal
 */
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
