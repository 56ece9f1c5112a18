/**
 * The states of a TCP connection and the ways between them, as RFC 9293, section 3.3.2, has them, under netstat's names.
 *
 * @module
 */

"use deferred interrupts";

/** A state of a TCP connection (RFC 9293, section 3.3.2), as netstat writes it on Linux; empty where there is none. */
export type State =
  | ""
  | "ESTABLISHED"
  | "SYN_SENT"
  | "SYN_RECV"
  | "FIN_WAIT1"
  | "FIN_WAIT2"
  | "TIME_WAIT"
  | "CLOSE"
  | "CLOSE_WAIT"
  | "LAST_ACK"
  | "LISTEN"
  | "CLOSING";

/** States that macOS writes in another way. */
export const ON_MACOS: Record<string, State | undefined> = {
  CLOSED: "CLOSE",
  FIN_WAIT_1: "FIN_WAIT1",
  FIN_WAIT_2: "FIN_WAIT2",
  SYN_RCVD: "SYN_RECV",
};

/** The states by their numbers on Linux, see <linux/tcp_states.h>. */
export const STATES: readonly State[] = [
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
];

/** An end of a connection: the one that has accepted it, or the one that has connected. */
export type Role = "server" | "client";

/** States that follow each other, by what happens in between: a call of the program, or a segment of the other side. */
export const TRANSITIONS: readonly (readonly [from: State, to: State, by: string])[] = [
  ["CLOSE", "LISTEN", "listen()"],
  ["CLOSE", "SYN_SENT", "connect(): SYN →"],
  ["LISTEN", "SYN_RECV", "← SYN, SYN+ACK →"],
  ["SYN_SENT", "SYN_RECV", "← SYN, ACK →"],
  ["SYN_SENT", "ESTABLISHED", "← SYN+ACK, ACK →"],
  ["SYN_RECV", "ESTABLISHED", "← ACK"],
  ["ESTABLISHED", "FIN_WAIT1", "close(): FIN →"],
  ["ESTABLISHED", "CLOSE_WAIT", "← FIN, ACK →"],
  ["FIN_WAIT1", "FIN_WAIT2", "← ACK"],
  ["FIN_WAIT1", "CLOSING", "← FIN, ACK →"],
  ["FIN_WAIT2", "TIME_WAIT", "← FIN, ACK →"],
  ["CLOSING", "TIME_WAIT", "← ACK"],
  ["CLOSE_WAIT", "LAST_ACK", "close(): FIN →"],
  ["LAST_ACK", "CLOSE", "← ACK"],
  ["TIME_WAIT", "CLOSE", "a minute later"],
];

/** The states on the way through those that were seen: the shortest way between two of them. */
export function* passed(seen: readonly State[]): Generator<{ state: State; isSeen: boolean }> {
  for (const [index, state] of seen.entries()) {
    for (const between of index > 0 ? wayBetween(seen[index - 1], state) : []) {
      yield { state: between, isSeen: false };
    }
    yield { state, isSeen: true };
  }
}

/**
 * The states between two, by the fewest transitions; none where no way leads from one to the other. How a connection
 * has ended is not guessed, unless it waited for nothing but our own end: a reset leads from everywhere to CLOSE.
 */
function wayBetween(from: State, to: State): State[] {
  if (to === "CLOSE" && from !== "CLOSE_WAIT") return [];
  const ways: State[][] = [[from]];
  const known = new Set<State>([from]);
  for (const way of ways) {
    for (const [before, after] of TRANSITIONS) {
      if (before !== way[way.length - 1]) continue;
      if (after === to) return way.slice(1);
      if (known.has(after)) continue;
      known.add(after);
      ways.push([...way, after]);
    }
  }
  return [];
}
