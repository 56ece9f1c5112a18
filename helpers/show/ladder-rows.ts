/**
 * From what the sockets of a conversation did to the rows of its ladder: one row an event, in the order of their
 * times. How it looks is the business of others.
 *
 * Calls are as recorded. What travels between the two systems nobody has recorded: octets are drawn where they were
 * sent, and what TCP itself sends – SYN, FIN, RST – where the calls tell that it was sent.
 *
 * @module
 */

"use deferred interrupts";

import { repr } from "../posix/bytes";
import { bitNames } from "../posix/constant-names";
import type { Call } from "../record/call";
import type { SocketRecord } from "../record/record";
import { counted, thousands } from "./quantities";

/** The server's side is the left one. */
export type Side = "left" | "right";

/** A connection, as far as its ends were recorded. */
export interface Connection {
  server?: SocketRecord | undefined;
  client?: SocketRecord | undefined;
  /** The listening socket in whose line the client stands, where nobody has accepted it. */
  waitsAt?: SocketRecord | undefined;
}

/** What is to be drawn. */
export interface Conversation {
  connections: Connection[];
  /** Sockets that listen, on the left. */
  listeners: SocketRecord[];
  /** Whether all of a listener's calls are drawn, or only those that led to the connections. */
  wholeListeners?: boolean;
}

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

/** What goes from one side to the other. */
export interface Wire {
  to: Side;
  kind: "data" | "control" | "reset";
  text: string;
  /** Whether it follows from the calls and was not itself recorded. */
  isInferred: boolean;
  /** Whether nobody answers. */
  isLost?: boolean;
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

/** More rows than these are not drawn: so many of the first and of the last are. */
const FIRST_ROWS = 110;
const LAST_ROWS = 50;

/** So many equal calls in a row, or equal pairs of calls, are folded. */
const FOLDED = 5;

/** Milliseconds for which a wait is not drawn if nothing else happened in them. */
const SOON = 10;

/** One call, or many equal ones, of one side. */
interface Event {
  time: number;
  part: "begin" | "end" | "whole" | "fold" | "gap";
  call: Call;
  /** The calls that a fold stands for, or the number of those that a gap stands for. */
  folded: { call: Call; times: number }[];
  omitted: number;
  party: Party;
}

/** One end of a connection, or a listening socket. */
interface Party {
  side: Side;
  record: SocketRecord;
  connection: number | undefined;
  /** The other end, if it was recorded. */
  other: SocketRecord | undefined;
  /** Of a listening socket: the connections that it has not accepted. */
  line: number[];
  /** Whether its FIN or RST has been drawn. */
  hasEnded: boolean;
}

export function ladderRows(conversation: Conversation): Rows {
  const { connections, listeners, wholeListeners = false } = conversation;
  const parties: Party[] = [];
  const add = (side: Side, record?: SocketRecord, other?: SocketRecord, connection?: number) => {
    const stands = ({ waitsAt }: Connection) => connection === undefined && waitsAt === record;
    const line = connections.flatMap((one, index) => (stands(one) ? [index + 1] : []));
    if (record) parties.push({ side, record, connection, other, line, hasEnded: false });
  };
  for (const listener of listeners) add("left", listener);
  for (const [index, { server, client }] of connections.entries()) {
    add("left", server, client, index + 1);
    add("right", client, server, index + 1);
  }
  const ids = new Set(connections.map(({ server }) => server?.id));
  const isDrawn = ({ record, connection, line }: Party, call: Call) => {
    if (connection !== undefined || wholeListeners) return true;
    if (call.name === "accept") return call.accepted !== undefined && ids.has(call.accepted);
    if (line.length > 0) return true;
    return call.name !== "close" && call.start < firstTime(connections, record);
  };
  const events = parties.flatMap((party) =>
    eventsOf(
      party,
      party.record.calls.filter((call) => isDrawn(party, call)),
    ),
  );
  events.sort((one, other) => one.time - other.time);
  const builder = new Builder(events[0]?.time ?? 0);
  for (const event of events) builder.add(event);
  return builder.finish();
}

/** When the first of these connections was accepted: what its listener did later is another story. */
function firstTime(connections: Connection[], listener: SocketRecord): number {
  const ids = new Set(connections.map(({ server }) => server?.id));
  const accepts = listener.calls.filter(({ accepted }) => accepted && ids.has(accepted));
  return Math.max(...accepts.map(({ start }) => start), 0);
}

/** The events of one socket's calls, those that repeat each other folded. */
function eventsOf(party: Party, calls: Call[]): Event[] {
  const events: Event[] = [];
  const { omittedAfter } = party.record;
  let { omitted } = party.record;
  const push = (part: Event["part"], time: number, call: Call, more: Partial<Event> = {}) =>
    events.push({ part, time, call, folded: [], omitted: 0, party, ...more });
  for (let index = 0; index < calls.length; ) {
    const call = calls[index];
    if (omitted > 0 && index >= omittedAfter) {
      push("gap", call.start, call, { omitted });
      omitted = 0;
    }
    const [length, folded] = foldAt(calls, index);
    if (length > 0) {
      push("fold", call.start, call, { folded });
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
function foldAt(calls: Call[], from: number): [number, Event["folded"]] {
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

/** Puts the events into rows, one after another. */
class Builder {
  readonly #rows: LadderRow[] = [];
  readonly #boxes: Box[] = [];
  readonly #waiting = new Map<Call, { box: Box; row: LadderRow }>();
  readonly #ended = new Map<SocketRecord, number>();
  /** The connections that a reset has ended. */
  readonly #reset = new Set<number | undefined>();

  readonly #start: number;

  constructor(start: number) {
    this.#start = start;
  }

  add(event: Event): void {
    const { party, call, part } = event;
    if (part === "gap") {
      const gap = `${thousands(event.omitted)} calls were not kept`;
      this.#rows.push({ left: [], right: [], wires: [], gap });
    } else if (part === "fold") this.#fold(event);
    else if (part === "end") this.#end(event);
    else {
      const row = this.#row(event.time);
      const box = this.#box(party, call);
      row[party.side].push(this.#note(event, part === "begin" ? "begins" : undefined));
      if (part === "begin") {
        box.isOpen = true;
        this.#waiting.set(call, { box, row });
      }
      this.#wires(row, event, box);
    }
  }

  finish(): Rows {
    const last = this.#rows.length - 1;
    for (const [, { box, row }] of this.#waiting) {
      box.to = last;
      for (const note of row[box.side]) if (note.wait === "begins") note.wait = "goes on";
    }
    const lanes = { left: this.#lanes("left"), right: this.#lanes("right") };
    return shortened({ rows: this.#rows, boxes: this.#boxes, lanes });
  }

  #row(time: number): LadderRow {
    const row: LadderRow = { time: time - this.#start, left: [], right: [], wires: [] };
    this.#rows.push(row);
    return row;
  }

  #box({ side, connection }: Party, call: Call): Box {
    const at = this.#rows.length - 1;
    const isFailed = call.error !== undefined;
    const box = { side, lane: 0, from: at, to: at, isOpen: false, isFailed, connection };
    this.#boxes.push(box);
    return box;
  }

  #note({ call, party }: Event, wait?: Note["wait"]): Note {
    const { connection } = party;
    if (wait === "begins") return { call: asked(call), wait, connection };
    const failed = call.error !== undefined;
    const octets = isReceiving(call) && call.octets ? literal(call) : undefined;
    return { call: asked(call), result: result(call), octets, failed, wait, connection };
  }

  /** What an event leads to between the two sides; each further thing has a row of its own, within the box. */
  #wires(row: LadderRow, { call, party, part }: Event, box: Box): void {
    const there: Side = party.side === "left" ? "right" : "left";
    const here = party.side;
    const wire = (to: Side, kind: Wire["kind"], text: string, isInferred = true): Wire => ({
      to,
      kind,
      text,
      isInferred,
    });
    const next = (...wires: Wire[]) => {
      for (const wire of wires) this.#rows.push({ left: [], right: [], wires: [wire] });
      box.to = this.#rows.length - 1;
    };
    const { connection } = party;
    const reset = () => {
      if (this.#reset.has(connection)) return;
      this.#reset.add(connection);
      row.wires.push(wire(here, "reset", "RST"));
    };
    if (call.name === "connect") {
      const syn = wire(there, "control", "SYN");
      const { error } = call;
      if (part === "begin") {
        row.wires.push(error && error !== "ECONNREFUSED" ? { ...syn, isLost: true } : syn);
      } else if (error === undefined || error === "ECONNREFUSED") {
        row.wires.push(syn);
        if (error) next(wire(here, "reset", "RST: refused"));
        else next(wire(here, "control", "SYN, ACK"), wire(there, "control", "ACK"));
      }
    } else if (isSending(call)) {
      const octets = call.octets ?? call.progress?.() ?? 0;
      const isAll = call.head !== undefined;
      const text = isAll ? moved(octets, call) : `${size(octets)} by now`;
      if (octets > 0) row.wires.push(wire(there, "data", text, false));
      const gone = party.other && this.#ended.get(party.other);
      if (octets > 0 && gone !== undefined && call.start > gone && !this.#reset.has(connection)) {
        this.#reset.add(connection);
        next(wire(here, "reset", "RST: nobody reads"));
      }
    } else if (isReceiving(call) && !party.other && part !== "begin") {
      if (call.octets) row.wires.push(wire(here, "data", moved(call.octets, call)));
      else if (call.octets === 0 && call.asked !== 0) row.wires.push(wire(here, "control", "FIN"));
      else if (call.error === "ECONNRESET") reset();
    } else if (call.name === "close" && connection === undefined) {
      for (const one of party.line) {
        if (this.#reset.has(one)) continue;
        this.#reset.add(one);
        next(wire(there, "reset", "RST: not accepted"));
      }
    } else if (endsConnection(call, party)) {
      const { unread, resets, isOver } = party.record;
      const isClose = call.name === "close";
      const isReset = isClose && (unread > 0 || resets);
      if (isClose) this.#ended.set(party.record, call.start);
      if (this.#reset.has(connection)) return;
      if (isClose && isOver) {
        // Whoever has not ended it has been reset, though no call has told.
        if (!party.hasEnded) reset();
        return;
      }
      if (party.hasEnded && !isReset) return;
      if (isReset) this.#reset.add(connection);
      party.hasEnded = true;
      const why = resets ? "SO_LINGER 0" : `${thousands(unread)} unread`;
      row.wires.push(isReset ? wire(there, "reset", `RST: ${why}`) : wire(there, "control", "FIN"));
    }
  }

  /** The call comes back: in a new row, unless it was soon and nothing has happened since it began. */
  #end(event: Event): void {
    const { call, party } = event;
    const begun = this.#waiting.get(call);
    if (!begun) return;
    this.#waiting.delete(call);
    const { box, row: first } = begun;
    box.isOpen = false;
    const isNext = this.#rows.at(-1) === first && event.time - call.start < SOON;
    const row = isNext ? first : this.#row(event.time);
    if (isNext) first[party.side] = first[party.side].filter((note) => note.wait !== "begins");
    row[party.side].push(this.#note(event, isNext ? undefined : "ends"));
    box.to = this.#rows.length - 1;
    if (call.name === "connect" && call.error === undefined) this.#answered(box, party.side);
    if (call.name === "connect" && call.error === "ECONNREFUSED") {
      row.wires.push({ to: party.side, kind: "reset", text: "RST: refused", isInferred: true });
    }
    if (isReceiving(call)) this.#wires(row, event, box);
  }

  /** The rest of a handshake for which `connect` has waited. */
  #answered(box: Box, here: Side): void {
    const there: Side = here === "left" ? "right" : "left";
    const answer: Wire = { to: here, kind: "control", text: "SYN, ACK", isInferred: true };
    this.#rows.push({ left: [], right: [], wires: [answer] });
    this.#rows.push({ left: [], right: [], wires: [{ ...answer, to: there, text: "ACK" }] });
    box.to = this.#rows.length - 1;
  }

  /** Many equal calls in one row; what the other side repeated meanwhile stands in the same. */
  #fold(event: Event): void {
    const { party, folded } = event;
    const last = this.#rows.at(-1);
    const isShared = last?.isFold && last[party.side].length === 0;
    const row = isShared ? last : this.#row(event.time);
    row.isFold = true;
    this.#box(party, event.call);
    for (const { call, times } of folded) {
      const octets = call.octets ? `${size(call.octets * times)} in all` : undefined;
      row[party.side].push({
        call: `${thousands(times)} × ${asked(call)}`,
        result: call.error ?? octets,
        failed: call.error !== undefined,
        connection: party.connection,
      });
      if (!isSending(call) || !call.octets) continue;
      const to: Side = party.side === "left" ? "right" : "left";
      const text = `${thousands(times)} × ${size(call.octets)}`;
      row.wires.push({ to, kind: "data", text, isInferred: false });
    }
  }

  /** Gives the boxes of a side lanes, and returns how many. */
  #lanes(side: Side): number {
    const free: number[] = [];
    for (const box of this.#boxes) {
      if (box.side !== side) continue;
      const lane = free.findIndex((from) => from <= box.from);
      box.lane = lane < 0 ? free.length : lane;
      free[box.lane] = box.to + 1;
    }
    return Math.max(1, free.length);
  }
}

/** Leaves out the middle where there are too many rows. */
function shortened({ rows, boxes, lanes }: Rows): Rows {
  const missing = rows.length - FIRST_ROWS - LAST_ROWS;
  if (missing <= 1) return { rows, boxes, lanes };
  const gap: LadderRow = {
    left: [],
    right: [],
    wires: [],
    gap: `${thousands(missing)} rows are left out`,
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

const SENDING = new Set(["send", "sendall", "sendto"]);
const RECEIVING = new Set(["recv", "recvInto", "recvfrom"]);

function isSending({ name }: Call): boolean {
  return SENDING.has(name);
}

function isReceiving({ name }: Call): boolean {
  return RECEIVING.has(name);
}

/** Whether a FIN or RST goes out: there is a connection, and this direction of it ends. */
function endsConnection({ name, asked, error }: Call, { record }: Party): boolean {
  if (record.remote === undefined || error !== undefined) return false;
  return name === "close" || (name === "shutdown" && asked !== "SHUT_RD");
}

function asked({ name, asked, flags }: Call): string {
  const bits = flags === 0 ? "" : `, ${bitNames("MSG_", flags)}`;
  if (typeof asked !== "number") return `${name}(${asked ?? ""}${bits})`;
  return `${name}(${name === "listen" ? asked : amount(asked)}${bits})`;
}

function result(call: Call): string | undefined {
  if (call.error !== undefined) return call.error;
  if (isReceiving(call)) {
    return call.octets === 0 && call.asked !== 0 ? "end of stream" : size(call.octets ?? 0);
  }
  if (call.peer !== undefined) return call.peer;
  const isPart = isSending(call) && call.octets !== undefined && call.octets !== call.asked;
  return isPart ? `${size(call.octets ?? 0)} taken` : undefined;
}

function moved(octets: number, call: Call): string {
  return `${size(octets)} ${literal(call)}`;
}

/** The first octets as Python writes them, with dots where there are more. */
function literal({ head = "", octets = 0 }: Call): string {
  const text = repr(Buffer.from(head, "latin1"));
  return head.length < octets ? `${text.slice(0, -1)}…` : text;
}

/** "1 octet", "65,536 octets". */
function size(octets: number): string {
  return counted(octets, "octet", thousands(octets));
}

/** A number that was asked for, in short. */
function amount(number: number): string {
  if (number >= 2 ** 20 && number % 2 ** 20 === 0) return `${number / 2 ** 20} MiB`;
  return number >= 1024 && number % 1024 === 0 ? `${number / 1024} KiB` : thousands(number);
}
