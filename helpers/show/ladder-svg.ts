/**
 * A ladder as a drawing: the server on the left, the client on the right, time running down.
 *
 * @module
 */

"use deferred interrupts";

import type { Side, Wire } from "./ladder-events";
import type { Box, LadderRow, Note, Rows } from "./ladder-rows";
import { hasNote } from "./ladder-text";
import { timed } from "./quantities";
import {
  COLOURS,
  element,
  FAINT,
  INK,
  type Markup,
  MONO,
  PAPER,
  RULE,
  svgDocument,
  textAt,
} from "./svg";

/** What stands above a side. */
export interface Head {
  role: string;
  address: string;
  /** Where it runs, or that it was not recorded. */
  place: string;
}

// Pixels. So wide is what a cell shows at most in one of two notebooks side by side, at a projector's 1280 x 720; there
// text is as high as it is drawn, elsewhere a quarter higher.
const WIDTH = 496;
const SCALE = 1.25;
const TEXT = 11;
const LINE = 13;
const TIME = 54;
const WIRES = 147;
const LANE = 12;
const LANES = 72;
const MARGIN = 5;
const TOP = 66;
const GAP = 4;
const MONO_CHARACTER = 6.65;
const CHARACTER = 5.8;

const CONNECTIONS = [COLOURS.blue, COLOURS.orange, COLOURS.green, COLOURS.purple, COLOURS.sky];
const WARNING = "#a84300";
const LISTENING = "#6f6f6f";

/** What is drawn: the rows between two heads, and below them a sentence on what is missing, if anything is. */
export interface Drawn {
  readonly rows: Rows;
  readonly heads: Record<Side, Head>;
  readonly missing?: string | undefined;
}

/** The drawing. `description` says in words what it shows. */
export function ladderSvg(drawn: Drawn, isNumbered: boolean, description: string): string {
  return new LadderDrawing(drawn, isNumbered).draw(description);
}

class LadderDrawing {
  readonly #rows: Rows;
  readonly #heads: Record<Side, Head>;
  readonly #isNumbered: boolean;
  readonly #tops: number[] = [];
  readonly #bottom: number;
  /** Where the lanes of each side begin and end. */
  readonly #left: { from: number; to: number };
  readonly #right: { from: number; to: number };
  readonly #lane: number;
  /** The width of what is written beside a side. */
  readonly #notes: number;
  /** The lines below the drawing. */
  readonly #legend: Line[];

  constructor({ rows, heads, missing }: Drawn, isNumbered: boolean) {
    this.#rows = rows;
    this.#heads = heads;
    this.#isNumbered = isNumbered;
    const { left, right } = rows.lanes;
    this.#lane = Math.min(LANE, LANES / (left + right));
    const lanes = (left + right) * this.#lane;
    this.#notes = (WIDTH - 2 * (MARGIN + GAP) - TIME - WIRES - lanes) / 2;
    const from = MARGIN + TIME + this.#notes + GAP;
    this.#left = { from, to: from + left * this.#lane };
    const start = this.#left.to + WIRES;
    this.#right = { from: start, to: start + right * this.#lane };
    let top = TOP;
    for (const row of rows.rows) {
      this.#tops.push(top);
      top += this.#height(row);
    }
    this.#tops.push(top);
    this.#bottom = top;
    const lines = (text: string, fill: string) =>
      wrapped(text, WIDTH - 2 * MARGIN).map((line): Line => ({ text: line, fill }));
    this.#legend = [...lines(legend(rows), FAINT), ...lines(missing ?? "", WARNING)];
  }

  draw(description: string): string {
    const { left, right } = this.#heads;
    const title = `Conversation of ${headText(left)} and ${headText(right)}`;
    const height = this.#bottom + 14 + this.#legend.length * 14;
    return svgDocument({ title, description, width: WIDTH, height, scale: SCALE }, () => [
      ...this.#head("left"),
      ...this.#head("right"),
      ...this.#lifelines(),
      ...this.#rows.boxes.flatMap((box) => this.#box(box)),
      ...this.#rows.rows.map((row, index) => this.#row(row, index)),
      ...this.#legend.map(({ text, fill }, at) =>
        textAt(WIDTH / 2, this.#bottom + 20 + at * 14, text, {
          size: TEXT,
          anchor: "middle",
          fill,
        }),
      ),
    ]);
  }

  #head(side: Side): Markup[] {
    const { role, address, place } = this.#heads[side];
    const x = side === "left" ? this.#left.to : this.#right.from;
    const anchor = side === "left" ? "end" : "start";
    return [
      textAt(x, 22, role, { size: 13, weight: 700, anchor }),
      textAt(x, 38, address, { size: TEXT, anchor, family: MONO }),
      textAt(x, 53, place, { size: TEXT, anchor, fill: FAINT }),
    ];
  }

  #lifelines(): Markup[] {
    return [this.#left.to - this.#lane / 2, this.#right.from + this.#lane / 2].map((x) =>
      element("line", { x1: x, y1: TOP - 6, x2: x, y2: this.#bottom + 4, stroke: RULE }),
    );
  }

  /** Lane 0 is the one next to the wires. */
  #laneX(side: Side, lane: number): number {
    return side === "left"
      ? this.#left.to - (lane + 1) * this.#lane + 1
      : this.#right.from + lane * this.#lane + 1;
  }

  #box(box: Box): Markup[] {
    const { side, lane, from, to, isOpen, isFailed, connection } = box;
    const colour = isFailed ? COLOURS.vermillion : colourOf(connection);
    const top = this.#tops[from] + 4;
    const place = {
      x: this.#laneX(side, lane),
      y: top,
      width: this.#lane - 2,
      height: this.#tops[to + 1] - 3 - top,
      rx: 2,
    };
    const isInstant = from === to && !isOpen;
    return [
      element("rect", { ...place, fill: PAPER }),
      element("rect", {
        ...place,
        fill: isOpen ? "none" : colour,
        "fill-opacity": isInstant ? 0.85 : 0.4,
        stroke: colour,
        "stroke-width": 1.2,
        "stroke-dasharray": isOpen ? "3 2" : undefined,
      }),
    ];
  }

  /** A row as a group of its own, which names the cells that it tells of. */
  #row(row: LadderRow, index: number): Markup {
    const top = this.#tops[index];
    const drawn: Markup[] = [];
    if (row.gap !== undefined) {
      const x = (this.#left.to + this.#right.from) / 2;
      drawn.push(
        textAt(x, top + 14, `⋮ ${row.gap} ⋮`, { size: TEXT, anchor: "middle", fill: FAINT }),
      );
    }
    if (row.time !== undefined) {
      const style = { size: TEXT, anchor: "end", fill: FAINT } as const;
      drawn.push(textAt(MARGIN + TIME - 3, top + 14, timed(row.time), style));
    }
    for (const side of ["left", "right"] as const) {
      const x = side === "left" ? this.#left.from - GAP : this.#right.to + GAP;
      const style = {
        size: TEXT,
        family: MONO,
        anchor: side === "left" ? "end" : "start",
      } as const;
      const lines = row[side].flatMap((note) => this.#note(note));
      for (const [at, { text, ...how }] of lines.entries()) {
        drawn.push(textAt(x, top + 14 + at * LINE, text, { ...style, ...how }));
      }
    }
    let y = top + 14;
    for (const wire of this.#wires(row)) {
      drawn.push(...this.#wire(wire, y, this.#colourAt(index, wire)));
      y += wireHeight(wire);
    }
    const cells = { "data-here": cellNumbers(row, true), "data-there": cellNumbers(row, false) };
    return element("g", { class: "row", ...cells }, ...drawn);
  }

  /** A call, and then what came of it, in as many lines as it takes. */
  #note(note: Note): Line[] {
    const room = Math.floor(this.#notes / MONO_CHARACTER);
    const tag = this.#isNumbered && note.connection !== undefined ? `${note.connection}: ` : "";
    const isEnd = note.wait === "ends";
    const call = `${isEnd ? "↳ " : ""}${tag}${note.call}`;
    const came = [note.result, note.octets, note.wait === "goes on" ? "still waits" : undefined];
    const results = came.filter((part) => part !== undefined);
    const together = results.join(" ");
    const fill = note.failed ? WARNING : FAINT;
    return [
      ...brokenAfter("(", call, room).map((text) => ({ text, fill: isEnd ? FAINT : INK })),
      ...(together.length <= room ? [together] : results).map((text) => ({
        text: cut(text, room),
        fill,
        weight: note.failed ? 700 : 400,
      })),
    ].filter(({ text }) => text !== "");
  }

  #height(row: LadderRow): number {
    const notes = [row.left, row.right].map(
      (side) => side.flatMap((note) => this.#note(note)).length * LINE,
    );
    const wires = this.#wires(row).reduce((sum, wire) => sum + wireHeight(wire), 0);
    return 6 + Math.max(LINE, wires, ...notes);
  }

  /** With the number of the connection, where no call beside them tells it. */
  #wires(row: LadderRow): Wire[] {
    return row.wires.map((wire) => {
      const tag = this.#isNumbered && !hasNote(row, wire) ? `${wire.connection}: ` : "";
      return { ...wire, text: `${tag}${wire.text}` };
    });
  }

  #colourAt(index: number, wire: Wire): string {
    const from: Side = wire.to === "left" ? "right" : "left";
    if (wire.kind === "reset") return COLOURS.vermillion;
    const box = this.#rows.boxes.find((one) => one.side === from && one.from === index);
    return wire.kind === "data" ? colourOf(wire.connection ?? box?.connection) : FAINT;
  }

  #wire(wire: Wire, y: number, colour: string): Markup[] {
    const { to, kind, isInferred, isLost } = wire;
    const [start, whole] =
      to === "right"
        ? [this.#left.to + 3, this.#right.from - 1]
        : [this.#right.from - 3, this.#left.to + 1];
    const end = isLost ? start + (whole - start) * 0.8 : whole;
    const direction = to === "right" ? 1 : -1;
    const line = y + 3;
    const tip =
      isLost || kind === "reset" ? cross(isLost ? end : end - direction * 5, line, colour) : [];
    const arrow = element("path", {
      d: `M${end},${line} l${-7 * direction},-3.5 v7 z`,
      fill: colour,
    });
    return [
      element("line", {
        x1: start,
        y1: line,
        x2: isLost ? end : end - direction * 5,
        y2: line,
        stroke: colour,
        "stroke-width": kind === "data" ? 1.6 : 1.2,
        "stroke-dasharray": isInferred ? "4 3" : undefined,
      }),
      ...(kind === "reset" || isLost ? tip : [arrow]),
      ...wireLines(wire).map((text, at) =>
        textAt((this.#left.to + this.#right.from) / 2, at === 0 ? y - 1 : y + 2 + at * LINE, text, {
          size: TEXT,
          anchor: "middle",
          family: kind === "data" && at === 0 ? MONO : undefined,
          fill: kind === "reset" ? WARNING : INK,
        }),
      ),
    ];
  }
}

/** The row's cells of the notebook that draws, or those of another, as far as it has any. */
function cellNumbers({ cells }: LadderRow, isOwn: boolean): string | undefined {
  const numbers = cells.filter((cell) => cell.isOwn === isOwn).map(({ number }) => number);
  return numbers.length > 0 ? [...new Set(numbers)].join(" ") : undefined;
}

/** A line of text. */
interface Line {
  text: string;
  fill: string;
  weight?: number;
}

/** What stands above an arrow, in the first line, and what below. */
function wireLines({ kind, text, numbers }: Wire): string[] {
  const room = WIRES - 8;
  const parts = numbers?.split("; ") ?? [];
  if (kind === "data") {
    return [fitted(text, room, MONO_CHARACTER), ...packed(parts, room)];
  }
  return packed([text, ...parts], room);
}

/** Parts of a text, as many in one line as have room there. */
function packed(parts: string[], width: number): string[] {
  const room = Math.floor(width / CHARACTER);
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = last === undefined ? part : `${last}  ${part}`;
    if (last !== undefined && joined.length <= room) lines[lines.length - 1] = joined;
    else lines.push(cut(part, room));
  }
  return lines;
}

function wireHeight(wire: Wire): number {
  return 4 + wireLines(wire).length * LINE;
}

/** What the arrows mean, of those that are there. */
function legend({ rows }: Rows): string {
  const wires = rows.flatMap((row) => row.wires);
  const isCaptured = wires.some(({ numbers }) => numbers !== undefined);
  const isMoved = wires.some(
    ({ kind, isInferred, numbers }) => kind === "data" && !isInferred && numbers === undefined,
  );
  const isInferred = wires.some((wire) => wire.isInferred);
  return [
    ...(isCaptured ? ["solid, with numbers: segments that were captured"] : []),
    ...(isMoved ? [`solid${isCaptured ? ", without" : ""}: octets that a call moved`] : []),
    ...(isInferred ? ["dashed: inferred from the calls"] : []),
    "×: refused, reset or lost",
  ].join("  ·  ");
}

/** "client 127.0.0.1:40576" */
export function headText({ role, address }: Head): string {
  return address === "" ? role : `${role} ${address}`;
}

function colourOf(connection: number | undefined): string {
  if (connection === undefined) return LISTENING;
  return CONNECTIONS[(connection - 1) % CONNECTIONS.length];
}

function cross(x: number, y: number, colour: string): Markup[] {
  const d = `M${x - 4},${y - 4} l8,8 m0,-8 l-8,8`;
  return [element("path", { d, stroke: colour, "stroke-width": 2, fill: "none" })];
}

/** As much of a text as has room in so many pixels. */
function fitted(text: string, width: number, character: number): string {
  return cut(text, Math.floor(width / character));
}

function cut(text: string, room: number): string {
  const characters = [...text];
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join("")}…`;
}

/** A text in one line, or in two where it has no room in one. */
function brokenAfter(mark: string, text: string, room: number): string[] {
  const end = text.indexOf(mark) + 1;
  if (text.length <= room || end === 0) return [cut(text, room)];
  return [text.slice(0, end), ` ${text.slice(end)}`].map((line) => cut(line, room));
}

/** A text in lines of at most so many pixels, broken between words. */
function wrapped(text: string, width: number): string[] {
  const room = Math.floor(width / CHARACTER);
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = `${lines[lines.length - 1]} ${word}`.trimStart();
    if (line.length <= room) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.filter((line) => line !== "").map((line) => cut(line, room));
}
