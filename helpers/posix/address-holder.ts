/**
 * Who holds an address, as far as the system lets us see: /proc on Linux (proc_pid_net(5)), lsof(8) on macOS.
 *
 * @module
 */

"use deferred interrupts";

import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type Address, decodeSockaddr, overlap, unspecified } from "./address";
import { AF_INET6, AF_UNIX, IPPROTO_IPV6, IPV6_V6ONLY, SOCK_DGRAM } from "./constants";
import type { Descriptor } from "./descriptor";
import { isDarwin } from "./platform";
import { fromProcNet } from "./proc-net";
import { getsockname, intOption, SocketName } from "./system";

/** A socket of this program, as far as it can be in another's way. */
export interface Owner {
  readonly family: number;
  readonly type: number;
  readonly descriptor: Descriptor;
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
  const mine = [...ours].find((owner) => owner !== asking && isInTheWay(owner, asking, address));
  if (mine) {
    return `An earlier socket of this program holds it (descriptor ${mine.descriptor.fd}): close that one first`;
  }
  const { family, type } = asking;
  const holders = isDarwin ? fromLsof(type, address) : fromProc(family, type, address);
  if (holders.length > 0) return holders.join(". ");
  if (typeof address === "string") {
    return isSocket(address)
      ? "No program is seen to have a socket of this name: if an earlier one has left the file, delete it and bind again"
      : "There is a file of this name, which is no socket: choose another one";
  }
  return "The system does not show who holds it: a socket that has not begun to listen, or a connection that ended a short while ago. Try again in a minute";
}

/** Whether a socket has the address that another one asks for. */
function isInTheWay(owner: Owner, asking: Owner, address: Address): boolean {
  const name = new SocketName();
  if (owner.type !== asking.type || getsockname(owner.descriptor.fd, name) < 0) return false;
  if (owner.family !== asking.family && [owner, asking].some(isIpv6Only)) return false;
  return overlap(decodeSockaddr(name.filled) ?? unspecified(owner.family), address);
}

function isIpv6Only({ family, descriptor }: Owner): boolean {
  if (family !== AF_INET6) return false;
  return intOption(descriptor.fd, IPPROTO_IPV6, IPV6_V6ONLY) > 0;
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? true;
}

/**
 * What /proc says: a sentence for each program, or, where there is none, for the connections that no program has any
 * more. Those of a server that still listens are not what is in the way.
 */
export function fromProc(family: number, type: number, address: Address): string[] {
  const sockets =
    family === AF_UNIX ? unixSockets() : inetSockets(type === SOCK_DGRAM ? "udp" : "tcp");
  const seen = sockets.filter((socket) => overlap(socket.address, address));
  const had = seen.filter((socket) => socket.inode !== 0);
  const holding = had.length > 0 ? had : seen;
  const sentences = new Set<string>();
  const owners = ownersOf(new Set(holding.map((socket) => socket.inode)));
  for (const { inode, state } of holding) {
    if (state === "TIME_WAIT") sentences.add(IN_TIME_WAIT);
    else if (inode === 0) sentences.add("A connection from there is just being closed");
    else sentences.add(owners.get(inode) ?? "A program of another user holds it");
  }
  return [...sentences];
}

const IN_TIME_WAIT =
  "A connection that was served there has ended, and the system keeps its address in TIME_WAIT for up to a minute. " +
  "Set SO_REUSEADDR before bind, each time, or wait";

interface SeenSocket {
  address: Address;
  state: string;
  /** 0 when no program has the socket any more. */
  inode: number;
}

function inetSockets(protocol: "tcp" | "udp"): SeenSocket[] {
  const rows = readable(() => fromProcNet([protocol, `${protocol}6`])) ?? [];
  return rows.map(({ local: [host, port], state, inode }) => ({
    address: [host.replace(MAPPED, ""), port],
    state,
    inode,
  }));
}

/** How an IPv4 address begins where an IPv6 socket has it (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.)/;

function unixSockets(): SeenSocket[] {
  return lines("/proc/net/unix").map((line) => {
    const [, , , , , state, inode, path = ""] = line.trim().split(/\s+/);
    return { address: path.replace(/^@/, "\0"), state, inode: Number(inode) };
  });
}

function lines(table: string): string[] {
  return readable(() => readFileSync(table, "latin1").trimEnd().split("\n").slice(1)) ?? [];
}

/** Finds the programs among whose descriptors these sockets are. Those of other users cannot be seen. */
function ownersOf(inodes: Set<number>): Map<number, string> {
  const owners = new Map<number, string>();
  const links = new Map([...inodes].map((inode) => [`socket:[${inode}]`, inode]));
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const fd of readable(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
      const inode = links.get(readable(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? "");
      if (inode === undefined) continue;
      const command = readable(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim()) ?? "";
      owners.set(inode, owner(Number(pid), command));
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
  return [...new Set(Array.from(programs, ([, pid, command]) => owner(Number(pid), command)))];
}

function owner(pid: number, command: string): string {
  return pid === process.pid
    ? `Another socket of this program holds it (process ${pid})`
    : `Process ${pid} (${command}) holds it: stop that program, or choose another port`;
}

/** What may not be there, or not be ours to look at, or be gone by now, is not seen. */
function readable<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
