/**
 * What travels because of the calls, where nobody has captured it: octets where they were sent, and what TCP itself
 * sends, SYN, FIN and RST, where the calls tell that it was sent.
 *
 * @module
 */

"use deferred interrupts";

import type { Call } from "../record/call";
import type { SocketRecord } from "../record/record";
import type { CallEvent, Side, Wire } from "./ladder-events";
import { isEndOfStream, isSending, moved, size, whyReset } from "./ladder-words";
import { thousands } from "./quantities";

/** What an event leads to, in its order. */
type Rule = (state: State, event: CallEvent, here: Side, there: Side) => Wire[];

/** What has become of the connections by now. */
class State {
  /** The connections that a reset has ended; one RST is enough. */
  readonly reset = new Set<number | undefined>();
  /** When the ends were closed, by their records. */
  readonly closed = new Map<SocketRecord, number>();
  /** The ends whose FIN or RST has been drawn. */
  readonly ended = new Set<SocketRecord>();

  /** The RST that ends this connection, unless one has. */
  resets(connection: number | undefined, to: Side, why?: string): Wire[] {
    if (this.reset.has(connection)) return [];
    this.reset.add(connection);
    return [inferred(to, "reset", why === undefined ? "RST" : `RST: ${why}`)];
  }
}

/** By the name of the call. */
const RULES: Record<string, Rule | undefined> = {
  connect: handshake,
  send: sent,
  sendall: sent,
  sendto: sent,
  recv: received,
  recvInto: received,
  recvfrom: received,
  shutdown: (state, event, here, there) =>
    event.call.asked === "SHUT_RD" ? [] : ended(state, event, here, there),
  close: (state, event, here, there) =>
    event.party.connection === undefined
      ? event.party.line.flatMap((one) => state.resets(one, there, "not accepted"))
      : closed(state, event, here, there),
};

/** Follows a conversation, event by event. */
export class Inference {
  readonly #state = new State();

  /** What travels because of this event, in its order. */
  wires(event: CallEvent): Wire[] {
    const here = event.party.side;
    const there = here === "left" ? "right" : "left";
    if (event.part === "fold") return repeated(event, there);
    return RULES[event.call.name]?.(this.#state, event, here, there) ?? [];
  }
}

function inferred(to: Side, kind: Wire["kind"], text: string): Wire {
  return { to, kind, text, isInferred: true };
}

function handshake(_: State, { call, part }: CallEvent, here: Side, there: Side): Wire[] {
  const { error } = call;
  const isAnswered = error === undefined || error === "ECONNREFUSED";
  const syn: Wire = { ...inferred(there, "control", "SYN"), isLost: !isAnswered };
  const answer = error
    ? [inferred(here, "reset", "RST: refused")]
    : [inferred(here, "control", "SYN, ACK"), inferred(there, "control", "ACK")];
  if (part === "begin") return [syn];
  if (!isAnswered) return [];
  return part === "end" ? answer : [syn, ...answer];
}

function sent(state: State, { call, party, part }: CallEvent, here: Side, there: Side): Wire[] {
  const octets = call.octets ?? call.progress?.() ?? 0;
  if (octets === 0 || part === "end") return [];
  const text = call.head === undefined ? `${size(octets)} by now` : moved(octets, call);
  const data: Wire = { to: there, kind: "data", text, isInferred: false };
  const gone = party.other && state.closed.get(party.other);
  const isUnread = gone !== undefined && call.start > gone;
  return [data, ...(isUnread ? state.resets(party.connection, here, "nobody reads") : [])];
}

/** What has come from an end that was not recorded. */
function received(state: State, { call, party, part }: CallEvent, here: Side): Wire[] {
  if (party.other || part === "begin") return [];
  if (call.octets) return [inferred(here, "data", moved(call.octets, call))];
  if (isEndOfStream(call)) return [inferred(here, "control", "FIN")];
  return call.error === "ECONNRESET" ? state.resets(party.connection, here) : [];
}

/** FIN, once, as long as there is a connection. */
function ended(state: State, { call, party }: CallEvent, _: Side, there: Side): Wire[] {
  const { record, connection } = party;
  if (!isOfConnection(call, record)) return [];
  if (state.reset.has(connection) || state.ended.has(record)) return [];
  state.ended.add(record);
  return [inferred(there, "control", "FIN")];
}

function closed(state: State, event: CallEvent, here: Side, there: Side): Wire[] {
  const { call, party } = event;
  const { record, connection } = party;
  if (!isOfConnection(call, record)) return [];
  state.closed.set(record, call.start);
  // Whoever has not ended it has been reset, though no call has told.
  if (record.isOver) return state.ended.has(record) ? [] : state.resets(connection, here);
  const why = whyReset(record);
  if (why === undefined) return ended(state, event, here, there);
  state.ended.add(record);
  return state.resets(connection, there, why);
}

function isOfConnection({ error }: Call, { remote }: SocketRecord): boolean {
  return remote !== undefined && error === undefined;
}

/** Of many equal calls that sent: how many, and how much each. */
function repeated({ folded, party }: CallEvent, there: Side): Wire[] {
  return folded.flatMap(({ call, times }) => {
    if (!isSending(call) || !call.octets) return [];
    const text = `${thousands(times)} × ${size(call.octets)}`;
    return [{ to: there, kind: "data", text, isInferred: false, connection: party.connection }];
  });
}
