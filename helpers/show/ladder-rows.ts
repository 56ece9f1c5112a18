/**
 * From what the sockets of a conversation did to the rows of its ladder: one row an event, in the order of their
 * times. How it looks is the business of others.
 *
 * Calls are as recorded. What travels between the two systems was captured, or else follows from the calls.
 *
 * @module
 */

"use deferred interrupts";

import type { Call } from "../record/call";
import { type Cause, segmentEvents } from "./ladder-captured";
import {
  type CallEvent,
  type Conversation,
  callEvents,
  type Party,
  partiesOf,
  type Side,
  type Wire,
} from "./ladder-events";
import { Inference } from "./ladder-inferred";
import { asked, isReceiving, literal, result, size } from "./ladder-words";
import { thousands } from "./quantities";

export type { Connection, Conversation } from "./ladder-events";

/** Which segments are drawn: all, those that open, end or control a connection, or none. */
export type Choice = "all" | "control" | "none";

/** What is written beside a row: a call, what it gave, and the first octets of that. */
export interface Note {
  call: string;
  result?: string | undefined;
  octets?: string | undefined;
  failed?: boolean;
  /** Whether the call begins here and comes back later, came back here, or has not yet come back. */
  wait?: "begins" | "ends" | "goes on";
  /** The number of the connection, from 1; none for a listening socket. */
  connection?: number | undefined;
}

export interface LadderRow {
  /** Milliseconds since the first event. */
  time?: number;
  left: Note[];
  right: Note[];
  wires: Wire[];
  /** Whether the row stands for many. */
  isFold?: boolean;
  /** What is to be said of rows that are not there. */
  gap?: string;
  /** The cells whose calls the row tells of, or what these have caused, as far as cells have made them. */
  cells: CellOfCall[];
}

/** A notebook's cell, by the number in its brackets, and whether the notebook is the one that draws. */
export interface CellOfCall {
  number: number;
  isOwn: boolean;
}

/** A call, from the row in which it began to the one in which it came back. */
export interface Box {
  side: Side;
  /** Boxes at the same height of one side have different lanes, from 0. */
  lane: number;
  from: number;
  to: number;
  isOpen: boolean;
  isFailed: boolean;
  connection?: number | undefined;
}

export interface Rows {
  rows: LadderRow[];
  boxes: Box[];
  /** The number of lanes of each side. */
  lanes: Record<Side, number>;
}

/** Of more rows than these, those in the middle are folded into one. */
const MOST_ROWS = 40;
const LAST_ROWS = 15;
const FIRST_ROWS = MOST_ROWS - 1 - LAST_ROWS;

/** Milliseconds for which a wait is not drawn if nothing else happened in them. */
const SOON = 10;

/** The rows, with all segments if there is room for them, unless it is said which. */
export function ladderRows(conversation: Conversation, choice?: Choice): Rows {
  const rows = rowsWith(choice ?? "all", conversation);
  const isMuch = choice === undefined && rows.rows.length > MOST_ROWS;
  return folded(isMuch ? rowsWith("control", conversation) : rows);
}

function rowsWith(choice: Choice, conversation: Conversation): Rows {
  const parties = partiesOf(conversation);
  const calls = callEvents(parties, conversation);
  const segments =
    choice === "none" ? [] : segmentEvents(conversation.connections, parties, calls, choice);
  // At the same time, a call comes before what it has caused.
  const events = [...calls, ...segments].sort((one, other) => one.time - other.time);
  const inference = new Inference();
  const builder = new Builder(events[0]?.time ?? 0);
  for (const event of events) {
    if ("wire" in event) builder.put(event.wire, event.cause, event.time);
    else {
      const wires = inference.wires(event);
      builder.add(
        event,
        wires.filter((wire) => isDrawn(wire, event, choice)),
      );
    }
  }
  return builder.finish();
}

/** Whether what is known from the calls is drawn, beside what was captured. */
function isDrawn({ kind }: Wire, { part, party }: CallEvent, choice: Choice): boolean {
  if (part === "fold") return true;
  if (kind === "data") return !party.isCaptured || choice !== "all";
  return !party.isCaptured && choice !== "none";
}

/** Puts what happened into rows, one after another. */
class Builder {
  readonly #rows: LadderRow[] = [];
  /** The calls of which the rows tell, and nothing else. */
  readonly #causes: (Call | undefined)[] = [];
  readonly #boxes = new Map<Call, Box>();
  readonly #waiting = new Map<Call, LadderRow>();
  readonly #start: number;

  constructor(start: number) {
    this.#start = start;
  }

  /** A call begins, or comes back, and so much travels because of it. */
  add(event: CallEvent, wires: Wire[]): void {
    const { part } = event;
    if (part === "gap") {
      this.#row(undefined, { gap: `${thousands(event.omitted)} calls were not kept` });
    } else if (part === "fold") this.#fold(event, wires);
    else {
      if (part === "end") this.#end(event);
      else this.#begin(event);
      for (const wire of wires) this.put(wire, event);
    }
  }

  /** What travels: beside the call that has caused it, or in a row of its own. */
  put(wire: Wire, cause: Cause | undefined, time?: number): void {
    const last = this.#rows.at(-1);
    const isNext = cause !== undefined && this.#causes.at(-1) === cause.call;
    if (last && isNext && last.wires.length === 0) last.wires.push(wire);
    else this.#row(cause, { wires: [wire] }, isNext ? undefined : time);
    const box = cause && this.#boxes.get(cause.call);
    if (box && isNext) box.to = this.#rows.length - 1;
  }

  finish(): Rows {
    for (const [call, row] of this.#waiting) {
      const box = this.#boxes.get(call);
      if (!box) continue;
      box.to = this.#rows.length - 1;
      for (const note of row[box.side]) if (note.wait === "begins") note.wait = "goes on";
    }
    const lanes = { left: this.#lanes("left"), right: this.#lanes("right") };
    return { rows: this.#rows, boxes: [...this.#boxes.values()], lanes };
  }

  #row(cause: Cause | undefined, more: Partial<LadderRow>, time?: number): LadderRow {
    const row: LadderRow = { left: [], right: [], wires: [], cells: cellsOf(cause), ...more };
    if (time !== undefined) row.time = time - this.#start;
    this.#rows.push(row);
    this.#causes.push(cause?.call);
    return row;
  }

  #begin(event: CallEvent): void {
    const { call, party, part, time } = event;
    const row = this.#row(event, {}, time);
    const isOpen = part === "begin";
    this.#box(party, call, isOpen);
    row[party.side].push(noteOf(call, party, isOpen ? "begins" : undefined));
    if (isOpen) this.#waiting.set(call, row);
  }

  /** In a new row, unless it was soon and nothing else has happened since it began. */
  #end(event: CallEvent): void {
    const { call, party, time } = event;
    const first = this.#waiting.get(call);
    const box = this.#boxes.get(call);
    if (!first || !box) return;
    this.#waiting.delete(call);
    box.isOpen = false;
    const isAlone = this.#causes.slice(box.from).every((cause) => cause === call);
    const isSoon = isAlone && time - call.start < SOON;
    const row = isSoon ? first : this.#row(event, {}, time);
    if (isSoon) first[party.side] = first[party.side].filter(({ wait }) => wait !== "begins");
    row[party.side].push(noteOf(call, party, isSoon ? undefined : "ends"));
    box.to = this.#rows.length - 1;
  }

  /** Many equal calls in one row; what the other side repeated meanwhile stands in the same. */
  #fold(event: CallEvent, wires: Wire[]): void {
    const { call, party, folded, time } = event;
    const last = this.#rows.at(-1);
    const isShared = last?.isFold && last[party.side].length === 0;
    const row = isShared ? last : this.#row(undefined, { isFold: true }, time);
    row.cells.push(...cellsOf(event));
    this.#box(party, call);
    for (const { call: one, times } of folded) {
      const octets = one.octets ? `${size(one.octets * times)} in all` : undefined;
      row[party.side].push({
        call: `${thousands(times)} × ${asked(one)}`,
        result: one.error ?? octets,
        failed: one.error !== undefined,
        connection: party.connection,
      });
    }
    row.wires.push(...wires);
  }

  #box({ side, connection }: Party, call: Call, isOpen = false): void {
    const at = this.#rows.length - 1;
    const isFailed = call.error !== undefined;
    this.#boxes.set(call, { side, lane: 0, from: at, to: at, isOpen, isFailed, connection });
  }

  /** Gives the boxes of a side lanes, and returns how many. */
  #lanes(side: Side): number {
    const free: number[] = [];
    for (const box of this.#boxes.values()) {
      if (box.side !== side) continue;
      const lane = free.findIndex((from) => from <= box.from);
      box.lane = lane < 0 ? free.length : lane;
      free[box.lane] = box.to + 1;
    }
    return Math.max(1, free.length);
  }
}

function cellsOf(cause: Cause | undefined): CellOfCall[] {
  const number = cause?.call.cell;
  if (number === undefined) return [];
  return [{ number, isOwn: cause?.party.record.program === process.pid }];
}

function noteOf(call: Call, { connection }: Party, wait?: Note["wait"]): Note {
  if (wait === "begins") return { call: asked(call), wait, connection };
  const failed = call.error !== undefined;
  const octets = isReceiving(call) && call.octets ? literal(call) : undefined;
  return { call: asked(call), result: result(call), octets, failed, wait, connection };
}

/** With so many rows that the middle would drown both ends, one in its place says how many it has. */
function folded({ rows, boxes, lanes }: Rows): Rows {
  if (rows.length <= MOST_ROWS) return { rows, boxes, lanes };
  const missing = rows.length - FIRST_ROWS - LAST_ROWS;
  const gap: LadderRow = {
    left: [],
    right: [],
    wires: [],
    cells: [],
    gap: `${thousands(missing)} rows are folded`,
  };
  const place = (index: number) =>
    index < FIRST_ROWS ? index : Math.max(FIRST_ROWS, index - missing + 1);
  return {
    rows: [...rows.slice(0, FIRST_ROWS), gap, ...rows.slice(-LAST_ROWS)],
    boxes: boxes
      .map((box) => ({ ...box, from: place(box.from), to: place(box.to) }))
      .filter(({ from, to }) => from !== FIRST_ROWS || to !== FIRST_ROWS),
    lanes,
  };
}
