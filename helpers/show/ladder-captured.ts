/**
 * The segments of a conversation that were captured, each with the call that has caused it, if one has.
 *
 * @module
 */

"use deferred interrupts";

import type { Travelled } from "../capture/ends";
import { bare } from "../capture/ends";
import type { Mark, Segment } from "../capture/segments";
import { printed } from "../posix/address";
import type { Call } from "../record/call";
import type { CallEvent, Connection, Party, Wire } from "./ladder-events";
import { isReceiving, isSending, literal, size, whyReset } from "./ladder-words";

/** A segment in the course of a conversation. */
export interface SegmentEvent {
  time: number;
  wire: Wire;
  /** The call in which it travelled; none where a system has sent it by itself. */
  cause: Cause | undefined;
}

/** What no call causes: its time has come. */
const BY_ITSELF: readonly Mark[] = [
  "retransmission",
  "delayed ACK",
  "keepalive probe",
  "keepalive answer",
  "zero window probe",
  "out of order",
  "TIME-WAIT assassination",
];

/** What is worth a row of its own beside the segments that open and end a connection. */
const TELLING: readonly Mark[] = [...BY_ITSELF, "zero window", "window update"];

/** Milliseconds by which what a call causes may be later than its end: the system does it when it has time. */
const LATE = 0.5;

/** Whether a segment travelled while a call was at work, by the name of the call. */
const AT_WORK: Record<string, ((call: Call, time: number) => boolean) | undefined> = {
  connect: during,
  send: during,
  sendall: during,
  sendto: during,
  // One that waits does nothing until octets have come, and then makes room for others.
  recv: atLast,
  recvInto: atLast,
  recvfrom: atLast,
  shutdown: during,
  close: during,
};

function during({ start, end = Number.POSITIVE_INFINITY }: Call, time: number): boolean {
  return start <= time && time <= end + LATE;
}

function atLast({ start, end, waited }: Call, time: number): boolean {
  return end !== undefined && (waited ? end - LATE : start) <= time && time <= end;
}

/** The captured segments of these connections, all or those that control them, in the order of their times. */
export function segmentEvents(
  connections: readonly Connection[],
  parties: readonly Party[],
  calls: readonly CallEvent[],
  which: "all" | "control",
): SegmentEvent[] {
  const events = connections.flatMap(({ segments = [], waitsAt }, index) => {
    const number = index + 1;
    const ends = parties.filter(
      ({ connection, record }) => connection === number || record === waitsAt,
    );
    const together = calls.filter(
      ({ party, part }) => party.connection === number && (part === "fold" || part === "gap"),
    );
    return segments.flatMap((travelled, at) => {
      if (which === "control" && !controls(travelled.segment, at)) return [];
      const cause = causeOf(travelled, ends);
      if (isToldTogether(travelled, cause?.call, together)) return [];
      const isLost = isUnanswered(travelled.segment, segments.slice(at + 1));
      const wire: Wire = {
        ...wireOf(travelled.segment, segments[0].segment, cause),
        isLost,
        connection: number,
      };
      // What a call has caused without waiting stands at that call, and what it waited for where it came.
      const isAtOnce = cause !== undefined && !cause.call.waited && cause.call.end !== undefined;
      const time = isAtOnce ? cause.call.start : travelled.time;
      return [{ time, wire, cause }];
    });
  });
  return events.sort((one, other) => one.time - other.time);
}

/** Whether it opens or ends the connection, or tells of its flow. The third of the handshake does. */
function controls({ flags, marks }: Segment, at: number): boolean {
  const isControl = flags.some((flag) => flag === "SYN" || flag === "FIN" || flag === "RST");
  return isControl || at === 2 || marks.some((mark) => TELLING.includes(mark));
}

/** A call, and whose it is. */
export type Cause = Pick<CallEvent, "call" | "party">;

/** The call that was the last to begin of those at work. */
function causeOf({ segment, time }: Travelled, ends: readonly Party[]): Cause | undefined {
  if (segment.marks.some((mark) => BY_ITSELF.includes(mark))) return undefined;
  let cause: Cause | undefined;
  for (const party of ends) {
    for (const call of party.record.calls) {
      if (!AT_WORK[call.name]?.(call, time) || !mayCause(call, party, segment)) continue;
      if (cause === undefined || call.start > cause.call.start) cause = { call, party };
    }
  }
  return cause;
}

/** Whoever closes or sends does so on its own side; the answer comes from the other. */
function mayCause(call: Call, { record, connection }: Party, segment: Segment): boolean {
  const { flags, length, from } = segment;
  const isAnswer = flags.includes("SYN") && flags.includes("ACK");
  const isOwn = length > 0 || flags.includes("FIN") || (flags.includes("SYN") && !isAnswer);
  const isFrom = record.local === undefined || bare(record.local) === printed(from);
  if (isReceiving(call)) return isFrom && length === 0 && flags.join() === "ACK";
  if (connection === undefined) return call.name === "close" && flags.includes("RST");
  return isFrom || !isOwn;
}

/** Whether the row of many equal calls stands for it, or the note that calls were not kept. */
function isToldTogether(
  { segment, time }: Travelled,
  cause: Call | undefined,
  together: readonly CallEvent[],
): boolean {
  if (segment.marks.some((mark) => TELLING.includes(mark))) return false;
  if (segment.flags.some((flag) => flag === "SYN" || flag === "FIN" || flag === "RST"))
    return false;
  return together.some(({ span: [from, to] }) => {
    const isIn = from <= time && time <= to + LATE;
    return isIn && (cause === undefined || (from <= cause.start && cause.start <= to));
  });
}

/** Whether it asked for a connection and nobody has answered it, or not before it was sent again. */
function isUnanswered({ flags, from }: Segment, later: readonly Travelled[]): boolean {
  if (!flags.includes("SYN") || flags.includes("ACK")) return false;
  return later[0] === undefined || printed(later[0].segment.from) === printed(from);
}

function wireOf(segment: Segment, syn: Segment, cause: Cause | undefined): Wire {
  const { flags, length, octets, marks } = segment;
  const isReset = flags.includes("RST");
  const why = isReset && cause ? reasonOf(cause) : undefined;
  const names = why === undefined ? flags.join(", ") : `${flags.join(", ")}: ${why}`;
  const head = Buffer.from(octets.slice(0, 24)).toString("latin1");
  const data = `${size(length)} ${literal({ head, octets: length })}`;
  return {
    to: printed(segment.from) === printed(syn.from) ? "left" : "right",
    kind: isReset ? "reset" : length > 0 ? "data" : "control",
    text: length > 0 ? data : names,
    numbers: [...(length > 0 ? [names] : []), numbers(segment), ...marks].join("; "),
    isInferred: false,
  };
}

/** The numbers that are counted from the SYN of either end. */
function numbers({ flags, relativeSequence, relativeAcknowledgement }: Segment): string {
  const ack = flags.includes("ACK") ? `, ack ${relativeAcknowledgement}` : "";
  return `seq ${relativeSequence}${ack}`;
}

/** Why a call was answered by RST, or has sent it. */
function reasonOf({ call, party }: Cause): string | undefined {
  if (call.name === "connect") return "refused";
  if (isSending(call)) return "nobody reads";
  if (call.name !== "close") return undefined;
  return party.connection === undefined ? "not accepted" : whyReset(party.record);
}
