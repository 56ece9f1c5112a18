/**
 * What happened in a conversation, in the order of its times: calls that began and came back, those that repeat each
 * other folded, and the segments that travelled.
 *
 * @module
 */

"use deferred interrupts";

import type { Travelled } from "../capture/ends";
import type { Call } from "../record/call";
import type { SocketRecord } from "../record/record";

/** The server's side is the left one. */
export type Side = "left" | "right";

/** A connection, as far as its ends were recorded. */
export interface Connection {
  server?: SocketRecord | undefined;
  client?: SocketRecord | undefined;
  /** The listening socket in whose line the client stands, where nobody has accepted it. */
  waitsAt?: SocketRecord | undefined;
  /** Its segments, where they were captured. */
  segments?: readonly Travelled[] | undefined;
}

/** What is to be drawn. */
export interface Conversation {
  connections: Connection[];
  /** Sockets that listen, on the left. */
  listeners: SocketRecord[];
  /** Whether all of a listener's calls are drawn, or only those that led to the connections. */
  wholeListeners?: boolean;
}

/** What goes from one side to the other. */
export interface Wire {
  to: Side;
  kind: "data" | "control" | "reset";
  text: string;
  /** Of a segment that was captured: its numbers, and what it is known to be. */
  numbers?: string;
  /** Whether it follows from the calls and was not itself recorded. */
  isInferred: boolean;
  /** Whether nobody answers. */
  isLost?: boolean;
  /** The number of the connection, from 1. */
  connection?: number | undefined;
}

/** One end of a connection, or a listening socket. */
export interface Party {
  side: Side;
  record: SocketRecord;
  /** The number of the connection, from 1; none for a listening socket. */
  connection: number | undefined;
  /** The other end, if it was recorded. */
  other: SocketRecord | undefined;
  /** Of a listening socket: the connections that it has not accepted. */
  line: number[];
  /** Whether the segments of the connection were captured. */
  isCaptured: boolean;
}

/** One call, or many equal ones, of one side. */
export interface CallEvent {
  time: number;
  part: "begin" | "end" | "whole" | "fold" | "gap";
  call: Call;
  /** The calls that a fold stands for. */
  folded: Folded[];
  /** The number of the calls that a gap stands for. */
  omitted: number;
  /** From when to when what a fold or a gap stands for has lasted. */
  span: [from: number, to: number];
  party: Party;
}

/** A call, and how often it was made. */
export interface Folded {
  call: Call;
  times: number;
}

/** So many equal calls in a row, or equal pairs of calls, are folded. */
const FOLDED = 5;

/** The ends of the connections, and the listening sockets that led to them. */
export function partiesOf({ connections, listeners }: Conversation): Party[] {
  const listening = listeners.map((record): Party => {
    const stands = connections.flatMap(({ waitsAt }, at) => (waitsAt === record ? [at] : []));
    return {
      side: "left",
      record,
      connection: undefined,
      other: undefined,
      line: stands.map((at) => at + 1),
      isCaptured: stands.some((at) => isCaptured(connections[at])),
    };
  });
  const ends = connections.flatMap((one, at) => {
    const end = (side: Side, record?: SocketRecord, other?: SocketRecord): Party[] => {
      const more = { connection: at + 1, other, line: [], isCaptured: isCaptured(one) };
      return record ? [{ side, record, ...more }] : [];
    };
    return [...end("left", one.server, one.client), ...end("right", one.client, one.server)];
  });
  return [...listening, ...ends];
}

function isCaptured({ segments = [] }: Connection): boolean {
  return segments.length > 0;
}

/** The calls of these parties that belong to the conversation, in the order of their times. */
export function callEvents(parties: Party[], conversation: Conversation): CallEvent[] {
  const { connections, wholeListeners = false } = conversation;
  const ids = new Set(connections.map(({ server }) => server?.id));
  const isDrawn = ({ record, connection, line }: Party, call: Call) => {
    if (connection !== undefined || wholeListeners) return true;
    if (call.name === "accept") return call.accepted !== undefined && ids.has(call.accepted);
    if (line.length > 0) return true;
    return call.name !== "close" && call.start < firstTime(ids, record);
  };
  const events = parties.flatMap((party) =>
    eventsOf(
      party,
      party.record.calls.filter((call) => isDrawn(party, call)),
    ),
  );
  return events.sort((one, other) => one.time - other.time);
}

/** When the first of these connections was accepted: what its listener did later is another story. */
function firstTime(ids: Set<number | undefined>, listener: SocketRecord): number {
  const accepts = listener.calls.filter(({ accepted }) => accepted && ids.has(accepted));
  return Math.max(...accepts.map(({ start }) => start), 0);
}

/** The events of one socket's calls. */
function eventsOf(party: Party, calls: Call[]): CallEvent[] {
  const events: CallEvent[] = [];
  const { omittedAfter } = party.record;
  let { omitted } = party.record;
  const push = (part: CallEvent["part"], time: number, call: Call, more: Partial<CallEvent> = {}) =>
    events.push({ part, time, call, folded: [], omitted: 0, span: [time, time], party, ...more });
  for (let index = 0; index < calls.length; ) {
    const call = calls[index];
    if (omitted > 0 && index >= omittedAfter) {
      const since = calls[index - 1]?.end ?? call.start;
      push("gap", call.start, call, { omitted, span: [since, call.start] });
      omitted = 0;
    }
    const [length, folded] = foldAt(calls, index);
    if (length > 0) {
      const ends = calls.slice(index, index + length).map(({ end = 0 }) => end);
      push("fold", call.start, call, { folded, span: [call.start, Math.max(...ends)] });
      index += length;
      continue;
    }
    index += 1;
    if (call.waited || call.end === undefined) {
      push("begin", call.start, call);
      if (call.end !== undefined) push("end", call.end, call);
    } else push("whole", call.start, call);
  }
  return events;
}

/** How many calls from here on repeat each other, singly or in pairs, and what they are. */
function foldAt(calls: Call[], from: number): [number, Folded[]] {
  for (const period of [1, 2]) {
    let end = from + period;
    while (calls[end]?.equals(calls[end - period])) end += 1;
    const folded = calls.slice(from, from + period).map((call, phase) => {
      let times = 0;
      for (let at = from + phase; at < end; at += period) times += calls[at].times;
      return { call, times };
    });
    const last = folded[folded.length - 1];
    if (last?.times >= FOLDED && folded.every(({ call }) => call.end !== undefined)) {
      return [end - from, folded];
    }
  }
  return [0, []];
}
