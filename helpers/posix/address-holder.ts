/**
 * Who holds an address, as far as the system lets us see: /proc on Linux (proc_pid_net(5)), lsof(8) on macOS.
 *
 * @module
 */

"use deferred interrupts";

import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import {
  type Address,
  decodeSockaddr,
  encodePath,
  type InetAddress,
  overlap,
  printed,
  unspecified,
} from "./address";
import {
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_SOCKET,
} from "./constants";
import { errorName } from "./error-names";
import { isDarwin } from "./platform";
import { fromProcNet } from "./proc-net";
import * as system from "./system";

const { errno } = system;

/** A socket of this program, as far as it can be in another's way. */
export interface Owner {
  readonly family: number;
  readonly type: number;
  readonly descriptor: { readonly fd: number };
}

const ours = new Set<Owner>();

/** Has a socket of this program known as one that may hold an address, until the function that this returns is called. */
export function noteOwner(owner: Owner): () => void {
  ours.add(owner);
  return () => ours.delete(owner);
}

/**
 * Who holds the address that a socket asks for, as one or more sentences for the message of EADDRINUSE, without the
 * last full stop.
 */
export function whoHolds(asking: Owner, address: Address): string {
  try {
    const mine = [...ours].find((owner) => owner !== asking && isInTheWay(owner, asking, address));
    if (mine) {
      return `An earlier socket of this program holds it (descriptor ${mine.descriptor.fd}): close that one first`;
    }
    const { family, type } = asking;
    const holders = isDarwin
      ? fromLsof(type, address)
      : fromProc(family, type, address, isOn(asking, SOL_SOCKET, SO_REUSEADDR));
    if (holders.length > 0) return holders.join(". ");
    return typeof address === "string" && !address.startsWith("\0")
      ? whatIsAt(address)
      : "The system does not show who holds it: a socket that has not begun to listen, or a connection that ended a short while ago. Try again in a minute";
  } catch (error) {
    return isOutOfDescriptors(error)
      ? "Who holds it cannot be looked up: this program has too many descriptors open"
      : "Who holds it cannot be looked up";
  }
}

/** What is at a path that no program is seen to have. */
function whatIsAt(path: string): string {
  if (!(lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? true)) {
    return "There is a file of this name, which is no socket: choose another one";
  }
  return isHeld(path)
    ? "A program that is not seen holds it: choose another path"
    : "No program is seen to have a socket of this name: if an earlier one has left the file, delete it and bind again";
}

/**
 * Whether a program has the socket of a path, by whatever name it knows it. A datagram socket is asked to connect there,
 * which nobody notices: the system refuses it where nobody has the socket.
 */
export function isHeld(path: string): boolean {
  const probe = system.socket(AF_UNIX, SOCK_DGRAM, 0);
  if (probe < 0) throw Object.assign(new Error(path), { code: errorName(-probe) });
  const result = system.connect(probe, encodePath(path));
  system.close(probe);
  return result !== -errno.ECONNREFUSED && result !== -errno.ENOENT;
}

/** Whether a socket has the address that another one asks for. */
function isInTheWay(owner: Owner, asking: Owner, address: Address): boolean {
  const name = new system.SocketName();
  if (owner.type !== asking.type || system.getsockname(owner.descriptor.fd, name) < 0) return false;
  if (owner.family !== asking.family && [owner, asking].some(isIpv6Only)) return false;
  return overlap(decodeSockaddr(name.filled) ?? unspecified(owner.family), address);
}

function isIpv6Only(owner: Owner): boolean {
  return owner.family === AF_INET6 && isOn(owner, IPPROTO_IPV6, IPV6_V6ONLY);
}

/** Whether an option of a socket that is on or off is on. */
export function isOn({ descriptor }: Owner, level: number, option: number): boolean {
  return system.intOption(descriptor.fd, level, option) > 0;
}

/**
 * What /proc says: a sentence for each program, or, where there is none, for the connections that no program has any
 * more. Those of a server that still listens are not what is in the way.
 *
 * @param reuses whether the socket that asks has set SO_REUSEADDR
 */
export function fromProc(family: number, type: number, address: Address, reuses = false): string[] {
  const all =
    family === AF_UNIX
      ? unixSockets(address as string)
      : inetSockets(type === SOCK_DGRAM ? "udp" : "tcp");
  const seen = all.filter((socket) => overlap(socket.address, address));
  const listening = seen.filter(({ state }) => state === "LISTEN");
  const had = seen.filter(({ inode }) => inode !== 0);
  const holding = [listening, had, seen].find((some) => some.length > 0) ?? [];
  const owners = ownersOf(new Set(holding.map(({ inode }) => inode)));
  const sentences = holding.map((socket) => {
    if (socket.inode === 0) return left(socket, isClients(socket, all), reuses);
    const program = owners.get(socket.inode);
    if (!isConnection(socket)) return holder(program, address);
    const name = program ? nameOf(program) : "A program of another user";
    return `${name} has a connection from there to ${printed(socket.peer)}: it has to end first, or choose another port`;
  });
  return [...new Set(sentences)];
}

/** What the system keeps of a connection that no program has any more, and what to do. */
function left({ state }: SeenSocket, isClients: boolean, reuses: boolean): string {
  const whose = isClients ? "A client's connection from that port" : "A connection at that port";
  const what =
    state === "TIME_WAIT"
      ? `${whose} has ended, and the system keeps its address in TIME_WAIT for up to a minute`
      : state === "FIN_WAIT2"
        ? `${whose} was closed here and not by the other side, and the system keeps its address in FIN_WAIT2 for up to a minute`
        : `${whose} is still being closed (${state})`;
  if (isClients) return `${what}: wait, or choose another port`;
  return reuses
    ? `${what}. This socket has set SO_REUSEADDR, and that of the connection had not: wait`
    : `${what}. Set SO_REUSEADDR before bind, each time, or wait`;
}

function isConnection(socket: SeenSocket): socket is SeenSocket & { peer: Address } {
  return socket.peer !== undefined && socket.peer[1] !== 0;
}

/** Whether a connection is one of a client, by what is at its other end: a listening socket, or a port below a client's. */
function isClients(connection: SeenSocket, all: readonly SeenSocket[]): boolean {
  const { address, peer } = connection;
  if (peer === undefined) return false;
  if (all.some(({ state, address }) => state === "LISTEN" && overlap(address, peer))) return true;
  const range = readable(() => readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "latin1"));
  const [first, last] = (range ?? "32768 60999").trim().split(/\s+/).map(Number);
  const isTemporary = (port: number) => port >= first && port <= last;
  return isTemporary(Number(address[1])) && !isTemporary(Number(peer[1]));
}

interface SeenSocket {
  address: Address;
  /** The address of the other side, of a socket of TCP. */
  peer?: Address | undefined;
  state: string;
  /** 0 when no program has the socket any more. */
  inode: number;
}

function inetSockets(protocol: "tcp" | "udp"): SeenSocket[] {
  const rows = readable(() => fromProcNet([protocol, `${protocol}6`])) ?? [];
  return rows.map(({ local, remote, state, inode }) => ({
    address: unmapped(local),
    peer: protocol === "tcp" ? unmapped(remote) : undefined,
    state,
    inode,
  }));
}

/** Without what an IPv4 address begins with where an IPv6 socket has it (RFC 4291, 2.5.5.2). */
function unmapped([host, port]: InetAddress): InetAddress {
  return [host.replace(/^::ffff:(?=\d+\.)/, ""), port];
}

/**
 * The sockets of a path, or of a name that is no file. The table has them as they are, with spaces and line ends, but for
 * an "@" instead of each NUL character; see unix(7).
 */
function unixSockets(address: string): SeenSocket[] {
  const table = readable(() => readFileSync("/proc/net/unix", "utf8")) ?? "";
  const path = address.replaceAll("\0", "@").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const rows = table.matchAll(new RegExp(`^\\w+:(?: \\w+){4} (\\w+) +(\\d+) ${path}$`, "gm"));
  return Array.from(rows, ([, state, inode]) => ({ address, state, inode: Number(inode) }));
}

/** Finds the programs among whose descriptors these sockets are. Those of other users cannot be seen. */
function ownersOf(inodes: Set<number>): Map<number, Program> {
  const owners = new Map<number, Program>();
  const links = new Map([...inodes].map((inode) => [`socket:[${inode}]`, inode]));
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const fd of readable(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
      const inode = links.get(readable(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? "");
      if (inode === undefined) continue;
      const command = readable(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim()) ?? "";
      owners.set(inode, { pid: Number(pid), command });
    }
  }
  return owners;
}

/** What lsof says; it does not show connections that no program has any more. */
export function fromLsof(type: number, address: Address): string[] {
  const what =
    typeof address === "string"
      ? ["--", address]
      : [`-i${type === SOCK_DGRAM ? "UDP" : "TCP"}:${address[1]}`];
  const output = readable(() =>
    execFileSync("lsof", ["-nP", "-Fpc", ...what], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 5000,
    }),
  );
  const programs = output?.matchAll(/^p(\d+)\nc(.*)$/gm) ?? [];
  const sentences = Array.from(programs, ([, pid, command]) =>
    holder({ pid: Number(pid), command }, address),
  );
  return [...new Set(sentences)];
}

interface Program {
  readonly pid: number;
  readonly command: string;
}

function holder(program: Program | undefined, address: Address): string {
  if (!program) return "A program of another user holds it";
  const { pid } = program;
  if (pid === process.pid) return `Another socket of this program holds it (process ${pid})`;
  const other = typeof address === "string" ? "path" : "port";
  return `${nameOf(program)} holds it: stop that program, or choose another ${other}`;
}

function nameOf({ pid, command }: Program): string {
  return pid === process.pid ? "Another socket of this program" : `Process ${pid} (${command})`;
}

/** What may not be there, or not be ours to look at, or be gone by now, is not seen. */
function readable<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isOutOfDescriptors(error)) throw error;
    return undefined;
  }
}

function isOutOfDescriptors(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EMFILE" || code === "ENFILE";
}
