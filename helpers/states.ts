/**
 * The states that a TCP connection was seen in, at each end, in TCP's own diagram of them (RFC 9293, section 3.3.2).
 *
 * @module
 */

"use deferred interrupts";

import { inspect } from "node:util";
import type { MimeBundle } from "../interface/cell";
import { lastBetween } from "./capture/ends";
import { captured } from "./capture/packets";
import { segmentsOf } from "./capture/segments";
import { type Transition, transitionsBy } from "./capture/transitions";
import { netstat, type Table } from "./netstat";
import type { InetAddress } from "./posix/address";
import type { Socket } from "./posix/socket-class";
import { isSystemError } from "./posix/system-error";
import { passed, type Role, type State } from "./posix/tcp-states";
import { recordOf } from "./record/record";
import { DISPLAY } from "./show/display";
import { named, statesSvg } from "./show/states-svg";
import { tcpInfo } from "./tcp-info";

export type { Role };

/** What one look has seen, at both ends; CLOSE where the system knows of no socket. */
export type Seen = Record<Role, State>;

/** The addresses of a connection, from one end. */
interface Ends {
  role: Role;
  local: InetAddress;
  remote: InetAddress;
}

/** Which states both ends of a connection were seen in, look by look; shows itself as TCP's diagram of states. */
export class States {
  /** The states of each end in the order in which they were seen. */
  readonly seen: Record<Role, State[]> = { server: [], client: [] };
  #ends: Ends | undefined;
  #transitions: Transition[] = [];
  #missing: string | undefined;

  readonly #sockets: readonly Socket[];

  constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
  }

  /** Asks the system for the states now, and gives them. What passes between two looks is not seen. */
  look(): Seen {
    const table = netstat();
    for (const sock of this.#sockets) this.#ends ??= endsOf(sock);
    const now: Seen = { server: this.#now("server", table), client: this.#now("client", table) };
    for (const role of ["server", "client"] as const) {
      if (this.seen[role].at(-1) !== now[role]) this.seen[role].push(now[role]);
    }
    return now;
  }

  /**
   * Marks the transitions with the segments that have caused them by now, where a network of the notebook's own lets
   * them be seen, and gives these states.
   */
  async withSegments(): Promise<this> {
    const { packets, missing } = await captured();
    const ends = this.#ends ? [this.#ends.local, this.#ends.remote] : [];
    const segments = ends.length > 0 ? lastBetween(ends, segmentsOf(packets)) : [];
    this.#transitions = transitionsBy(segments);
    this.#missing = missing;
    return this;
  }

  #now(role: Role, table: Table): State {
    for (const sock of this.#sockets) {
      if (roleOf(sock) !== role) continue;
      // A socket that listens tells something only as long as there is no connection.
      const state = stateOf(sock);
      if (state !== undefined && (state !== "LISTEN" || !this.#ends)) return state;
    }
    if (!this.#ends) return "CLOSE";
    const { local, remote } = this.#ends;
    const [here, there] = this.#ends.role === role ? [local, remote] : [remote, local];
    const row = table.find((row) => `${row.local}` === `${here}` && `${row.remote}` === `${there}`);
    return row?.state ?? "CLOSE";
  }

  toString(): string {
    const lines = (["server", "client"] as const).map((role) => {
      const path = [...passed(this.seen[role])];
      return `${role}: ${path.map(({ state, isSeen }) => (isSeen ? state : `(${state})`)).join(" > ")}`;
    });
    const by = this.#transitions.map(
      ({ role, from, to, segment }) => `${role}: ${from} > ${to} by ${named(segment)}`,
    );
    return [
      "States of a TCP connection; not seen, but passed: in brackets",
      ...lines,
      ...by,
      ...(this.#missing === undefined ? [] : [this.#missing]),
    ].join("\n");
  }

  [inspect.custom](): string {
    return this.toString();
  }

  [DISPLAY](): MimeBundle {
    const text = this.toString();
    return { "image/svg+xml": statesSvg(this.seen, this.#transitions, text), "text/plain": text };
  }
}

/**
 * Watches a connection of this machine by one of its ends, or more of them; the other end is found in the system's
 * table (on Linux). With the socket that listens, the time before the connection is watched as well.
 *
 * @throws RangeError without a socket
 *
 * @example
 * const states = tcpStates(listener, client);
 * states.look();
 * await client.connect(listener.getsockname());
 * states.look(); // { server: 'ESTABLISHED', client: 'ESTABLISHED' }
 */
export function tcpStates(...sockets: Socket[]): States {
  if (sockets.length === 0) throw new RangeError("tcpStates needs a socket");
  return new States(sockets);
}

function roleOf(sock: Socket): Role {
  const record = recordOf(sock);
  return record?.isAccepted || record?.listens ? "server" : "client";
}

function stateOf(sock: Socket): State | undefined {
  try {
    return sock.fileno() < 0 ? undefined : tcpInfo(sock)?.state;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function endsOf(sock: Socket): Ends | undefined {
  try {
    const [local, remote] = [sock.getsockname(), sock.getpeername()];
    return { role: roleOf(sock), local, remote };
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
