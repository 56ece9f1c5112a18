/**
 * The conversation of sockets, drawn from what they did: `ladder(connection)` in a notebook's cell.
 *
 * @module
 */

"use deferred interrupts";

import { inspect } from "node:util";
import type { MimeBundle } from "../interface/cell";
import { bare, segmentsBetween } from "./capture/ends";
import { captured } from "./capture/packets";
import { type Segment, segmentsOf } from "./capture/segments";
import type { Socket } from "./posix/socket-class";
import { recorded, requireRecord, type SocketRecord } from "./record/record";
import { sharedByOthers, whyNotShared, writtenByOthers } from "./record/record-store";
import { DISPLAY } from "./show/display";
import { type Connection, type Conversation, ladderRows, type Rows } from "./show/ladder-rows";
import { type Head, headText, ladderSvg } from "./show/ladder-svg";
import { isNumbered, ladderText } from "./show/ladder-text";

/** How often the other end of a connection is waited for, where it will soon be closed too. */
const TURNS = 6;

const NOT_RECORDED = "not recorded";

/**
 * A diagram of a conversation; it shows itself as a picture, and prints as text. A box is a call: dark where it came back
 * at once, pale where it waited, red where it failed. Each connection has a colour, and a socket that listens is grey.
 */
export class Ladder {
  constructor(
    /** @internal */
    readonly rows: Rows,
    /** @internal */
    readonly heads: { left: Head; right: Head },
    /** What is missing, and why. */
    readonly missing?: string,
  ) {}

  toString(): string {
    const { left, right } = this.heads;
    const head = (one: Head) => `${headText(one)} (${one.place})`;
    const text = ladderText(this.rows, { left: head(left), right: head(right) });
    return this.missing === undefined ? text : `${text}\n${this.missing}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  [DISPLAY](): MimeBundle {
    const text = this.toString();
    return {
      "image/svg+xml": ladderSvg(this, isNumbered(this.rows), text),
      "text/plain": text,
    };
  }
}

/** What a ladder draws. */
export interface LadderOptions {
  /**
   * Which of the segments, where they were captured: "all"; "control", which are those that open, end and control a
   * connection, while octets are drawn as the calls have moved them; or "none". Unless it is said, all that have room.
   */
  segments: "all" | "control" | "none";
}

const CHOICES: readonly LadderOptions["segments"][] = ["all", "control", "none"];

/**
 * Draws what happened on these connections, at both ends, as far as they were recorded: by this program, or by another
 * notebook of the same user. Either end of a connection will do, and it may be closed by now. A socket that listens
 * stands for all connections that it has accepted.
 *
 * In a network of the notebook's own the arrows are the segments that were captured, with their flags and numbers: beside
 * the call that has caused them, or in a row of their own where a system has sent them by itself. Elsewhere the
 * handshake, FIN and RST follow from the calls, and are marked so.
 *
 * @throws RangeError without a socket, or for one of which nothing was recorded
 *
 * @example
 * await ladder(connection)
 *
 * @example
 * await ladder(connection, { segments: "control" })
 */
export async function ladder(
  ...given: Socket<number>[] | [...sockets: Socket<number>[], options: LadderOptions]
): Promise<Ladder> {
  const need = "ladder needs sockets that were recorded";
  const all: readonly (Socket<number> | LadderOptions)[] = given;
  const options = all.find(isOptions);
  const sockets = all.filter((one) => !isOptions(one));
  if (options && !CHOICES.includes(options.segments)) {
    throw new RangeError('segments must be "all", "control" or "none"');
  }
  if (sockets.length === 0) throw new RangeError(need);
  const asked = sockets.map((sock) => requireRecord(sock, need));
  for (let turn = 1; ; turn++) {
    await writtenByOthers();
    const conversation = conversationOf(asked);
    if (turn < TURNS && conversation.connections.some(isOneSided)) continue;
    const incomplete = await addSegments(conversation.connections);
    const both = heads(conversation, new Set(recorded()));
    const sentences = [missing(both), incomplete].filter((one) => one !== undefined);
    const rows = ladderRows(conversation, options?.segments);
    return new Ladder(rows, both, sentences.length > 0 ? sentences.join(" ") : undefined);
  }
}

function isOptions(one: Socket<number> | LadderOptions): one is LadderOptions {
  return typeof one === "object" && one !== null && "segments" in one;
}

/** Gives the connections their segments, and returns what has to be said where some were not captured. */
async function addSegments(connections: Connection[]): Promise<string | undefined> {
  const { packets, clock, missing } = await captured();
  const all = segmentsOf(packets).map((segment) => ({ time: segment.time - clock, segment }));
  const taken = new Set<Segment>();
  for (const connection of connections) {
    connection.segments = segmentsBetween(connection, all, taken);
  }
  return packets.length > 0 ? missing : undefined;
}

/** Says why a side is not there, where it is because the notebooks do not see each other. */
function missing({ left, right }: Ladder["heads"]): string | undefined {
  const why = whyNotShared();
  const isMissing = [left, right].some(({ place }) => place === NOT_RECORDED);
  return isMissing && why !== undefined ? `The other notebook is not seen: ${why}.` : undefined;
}

/** Whether this end is closed, and the other, which soon will be, is not known to be. */
function isOneSided({ server, client }: Connection): boolean {
  const ends = [server, client].filter((end) => end?.remote !== undefined);
  return ends.length > 0 && ends.filter((end) => end?.closed !== undefined).length === 1;
}

/** The connections of sockets, by their records, with both ends as far as they are known. */
function conversationOf(asked: SocketRecord[]): Conversation {
  const own = recorded();
  const all = [...new Set([...asked, ...own, ...sharedByOthers()])];
  const listeners = asked.filter(isListening);
  const ends = asked.flatMap((record) => {
    if (!isListening(record)) return [record];
    return own.filter((other) => hasAccepted(record, other));
  });
  const connections: Connection[] = [];
  for (const end of ends) {
    const other = otherEnd(end, all);
    const connection = end.isAccepted
      ? { server: end, client: other }
      : { server: other, client: end, waitsAt: other ? undefined : listenerFor(end, all) };
    const isKnown = connections.some(
      ({ server, client }) => server === connection.server && client === connection.client,
    );
    if (!isKnown) connections.push(connection);
  }
  return {
    connections,
    listeners: [
      ...new Set([
        ...listeners,
        ...connections.flatMap((one) => one.waitsAt ?? listenerOf(one, all)),
      ]),
    ],
    wholeListeners: listeners.length > 0,
  };
}

/** The socket of the other end of a connection: the addresses are exchanged, and what was accepted had connected. */
function otherEnd(one: SocketRecord, all: SocketRecord[]): SocketRecord | undefined {
  if (one.local === undefined || one.remote === undefined) return undefined;
  const candidates = all.filter(
    (other) =>
      other.local !== undefined &&
      plain(other.local) === plain(one.remote) &&
      plain(other.remote) === plain(one.local) &&
      other.isAccepted !== one.isAccepted &&
      (one.isAccepted ? began(other) <= began(one) : began(one) <= began(other)),
  );
  const distance = (other: SocketRecord) => Math.abs(began(other) - began(one));
  return candidates.sort((a, b) => distance(a) - distance(b))[0];
}

/** When the connection began: for a client, when it connected. */
function began(record: SocketRecord): number {
  return record.calls.find(({ name }) => name === "connect")?.start ?? record.opened;
}

function plain(address: string | undefined): string | undefined {
  return address === undefined ? undefined : bare(address);
}

/** The socket that listened where a client has connected, and that has not accepted it. */
function listenerFor(client: SocketRecord, all: SocketRecord[]): SocketRecord | undefined {
  return all.findLast(
    (record) =>
      isListening(record) &&
      isAt(record, client.remote) &&
      record.opened <= began(client) &&
      began(client) <= (record.closed ?? Number.POSITIVE_INFINITY),
  );
}

/** Whether a socket that listens does so at this address, perhaps as one of all. */
function isAt({ local }: SocketRecord, address: string | undefined): boolean {
  if (local === undefined || address === undefined) return false;
  const port = (one: string) => one.slice(one.lastIndexOf(":"));
  const isEvery = /^(0\.0\.0\.0|\[::\]):/.test(local);
  return isEvery ? port(local) === port(address) : plain(local) === plain(address);
}

function listenerOf({ server }: Connection, all: SocketRecord[]): SocketRecord[] {
  return all.filter((record) => server !== undefined && hasAccepted(record, server));
}

function hasAccepted(listener: SocketRecord, { id, program }: SocketRecord): boolean {
  return listener.program === program && listener.calls.some(({ accepted }) => accepted === id);
}

function isListening({ calls }: SocketRecord): boolean {
  return calls.some(({ name, error }) => name === "listen" && error === undefined);
}

function heads(
  { connections, listeners }: Conversation,
  own: Set<SocketRecord>,
): { left: Head; right: Head } {
  const servers = [...listeners, ...connections.map(({ server }) => server)];
  const clients = connections.map(({ client }) => client);
  const called = clients.map((client) => client?.calls.find(({ name }) => name === "connect"));
  const target = called.map((call) => call?.asked).find((asked) => asked !== undefined);
  const first = connections[0];
  const server = first?.server?.local ?? first?.client?.remote ?? bound(listeners[0]) ?? target;
  const many = connections.length > 1 ? `${connections.length} connections` : undefined;
  const client = many ?? first?.client?.local ?? first?.server?.remote;
  return {
    left: { role: "server", address: String(server ?? ""), place: placeOf(servers, own) },
    right: { role: "client", address: client ?? "", place: placeOf(clients, own) },
  };
}

function bound(listener: SocketRecord | undefined): string | undefined {
  const asked = listener?.calls.find(({ name }) => name === "bind")?.asked;
  return asked === undefined ? undefined : String(asked);
}

function placeOf(records: (SocketRecord | undefined)[], own: Set<SocketRecord>): string {
  const known = records.filter((record) => record !== undefined);
  if (known.length === 0) return NOT_RECORDED;
  return known.every((record) => own.has(record)) ? "this notebook" : "the other notebook";
}
