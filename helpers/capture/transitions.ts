/**
 * The transitions of a connection's two ends from state to state (RFC 9293, section 3.3.2), by the segments that were
 * sent and received.
 *
 * @module
 */

"use deferred interrupts";

import { printed } from "../posix/address";
import type { Role, State } from "../posix/tcp-states";
import type { Segment } from "./segments";

/** What has brought an end from one state to another. */
export interface Transition {
  role: Role;
  from: State;
  to: State;
  segment: Segment;
}

/** A segment, as one end sees it. */
interface Seen {
  isSent: boolean;
  flags: string;
  /** Whether it acknowledges this end's FIN. */
  isEndAcknowledged: boolean;
}

type Rule = readonly [from: State, to: State, by: (seen: Seen) => boolean];

const sends = (flag: RegExp) => (seen: Seen) => seen.isSent && flag.test(seen.flags);
const gets = (flag: RegExp) => (seen: Seen) => !seen.isSent && flag.test(seen.flags);
const getsLastAck = (seen: Seen) => !seen.isSent && seen.isEndAcknowledged;

/** The states of an end, each with those that it goes to; one segment may lead through two. */
const RULES: readonly Rule[] = [
  ["CLOSE", "SYN_SENT", sends(/^SYN$/)],
  ["LISTEN", "SYN_RECV", gets(/^SYN$/)],
  ["SYN_SENT", "SYN_RECV", gets(/^SYN$/)],
  ["SYN_SENT", "ESTABLISHED", gets(/^SYN ACK$/)],
  ["SYN_RECV", "ESTABLISHED", gets(/^(?!SYN).*ACK/)],
  ["ESTABLISHED", "FIN_WAIT1", sends(/FIN/)],
  ["ESTABLISHED", "CLOSE_WAIT", gets(/FIN/)],
  ["FIN_WAIT1", "FIN_WAIT2", getsLastAck],
  ["FIN_WAIT1", "CLOSING", gets(/FIN/)],
  ["FIN_WAIT2", "TIME_WAIT", gets(/FIN/)],
  ["CLOSING", "TIME_WAIT", getsLastAck],
  ["CLOSE_WAIT", "LAST_ACK", sends(/FIN/)],
  ["LAST_ACK", "CLOSE", getsLastAck],
];

/** The transitions of both ends, in the order of the segments of their connection, which begin with its SYN. */
export function transitionsBy(segments: readonly Segment[]): Transition[] {
  const [syn] = segments;
  if (!syn) return [];
  const client = printed(syn.from);
  const states: Record<Role, State> = { server: "LISTEN", client: "CLOSE" };
  const ends: Partial<Record<Role, number>> = {};
  const transitions: Transition[] = [];
  for (const segment of segments) {
    const sender: Role = printed(segment.from) === client ? "client" : "server";
    if (segment.flags.includes("FIN")) {
      ends[sender] ??= segment.relativeSequence + segment.length;
    }
    for (const role of ["client", "server"] as const) {
      const end = ends[role];
      const seen: Seen = {
        isSent: role === sender,
        flags: segment.flags.join(" "),
        isEndAcknowledged: end !== undefined && segment.relativeAcknowledgement > end,
      };
      for (const [from, to] of steps(states[role], seen)) {
        transitions.push({ role, from, to, segment });
        states[role] = to;
      }
    }
  }
  return transitions;
}

/** What a segment leads to; RST ends it all. */
function steps(state: State, seen: Seen): [from: State, to: State][] {
  if (seen.flags.includes("RST")) return state === "CLOSE" ? [] : [[state, "CLOSE"]];
  const rule = RULES.find(([from, , by]) => from === state && by(seen));
  if (!rule) return [];
  const [, to] = rule;
  // A FIN that acknowledges ours as well leads on at once.
  const goesOn = to === "FIN_WAIT2" && seen.flags.includes("FIN");
  return goesOn
    ? [
        [state, to],
        [to, "TIME_WAIT"],
      ]
    : [[state, to]];
}
