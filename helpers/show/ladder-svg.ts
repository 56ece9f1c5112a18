/**
 * A ladder as a drawing: the server on the left, the client on the right, time running down.
 *
 * @module
 */

"use deferred interrupts";

import type { Box, LadderRow, Note, Rows, Side, Wire } from "./ladder-rows";
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

// Pixels.
const TIME = 60;
const NOTES = 176;
const WIRES = 200;
const LANE = 13;
const BOX = 10;
const MARGIN = 10;
const TOP = 66;
const CHARACTER = 6.05;
const TEXT = 10;

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
  readonly #width: number;
  /** The lines below the legend. */
  readonly #missing: string[];

  constructor({ rows, heads, missing }: Drawn, isNumbered: boolean) {
    this.#rows = rows;
    this.#heads = heads;
    this.#isNumbered = isNumbered;
    const from = MARGIN + TIME + NOTES + 6;
    this.#left = { from, to: from + rows.lanes.left * LANE };
    const start = this.#left.to + WIRES;
    this.#right = { from: start, to: start + rows.lanes.right * LANE };
    this.#width = this.#right.to + 6 + NOTES + MARGIN;
    let top = TOP;
    for (const row of rows.rows) {
      this.#tops.push(top);
      top += height(row);
    }
    this.#tops.push(top);
    this.#bottom = top;
    this.#missing = missing === undefined ? [] : wrapped(missing, this.#width - 2 * MARGIN);
  }

  draw(description: string): string {
    const { left, right } = this.#heads;
    const title = `Conversation of ${headText(left)} and ${headText(right)}`;
    const size = { width: this.#width, height: this.#bottom + 34 + this.#missing.length * 14 };
    return svgDocument({ title, description, ...size }, () => [
      ...this.#head("left"),
      ...this.#head("right"),
      ...this.#lifelines(),
      ...this.#rows.boxes.flatMap((box) => this.#box(box)),
      ...this.#rows.rows.flatMap((row, index) => this.#row(row, index)),
      ...this.#legend(),
    ]);
  }

  #head(side: Side): Markup[] {
    const { role, address, place } = this.#heads[side];
    const x = side === "left" ? this.#left.to : this.#right.from;
    const anchor = side === "left" ? "end" : "start";
    return [
      textAt(x, 22, role, { size: 13, weight: 700, anchor }),
      textAt(x, 38, address, { size: 11, anchor, family: MONO }),
      textAt(x, 53, place, { size: 10, anchor, fill: FAINT }),
    ];
  }

  #lifelines(): Markup[] {
    return [this.#left.to - BOX / 2 - 2, this.#right.from + BOX / 2 + 2].map((x) =>
      element("line", { x1: x, y1: TOP - 6, x2: x, y2: this.#bottom + 4, stroke: RULE }),
    );
  }

  /** Lane 0 is the one next to the wires. */
  #laneX(side: Side, lane: number): number {
    return side === "left"
      ? this.#left.to - (lane + 1) * LANE + 1
      : this.#right.from + lane * LANE + 2;
  }

  #box(box: Box): Markup[] {
    const { side, lane, from, to, isOpen, isFailed, connection } = box;
    const colour = isFailed ? COLOURS.vermillion : colourOf(connection);
    const top = this.#tops[from] + 4;
    const place = {
      x: this.#laneX(side, lane),
      y: top,
      width: BOX,
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

  #row(row: LadderRow, index: number): Markup[] {
    const top = this.#tops[index];
    const drawn: Markup[] = [];
    if (row.gap !== undefined) {
      const x = (this.#left.to + this.#right.from) / 2;
      const style = { size: TEXT, anchor: "middle", fill: FAINT } as const;
      drawn.push(textAt(x, top + 14, `⋮ ${row.gap} ⋮`, style));
    }
    if (row.time !== undefined) {
      const style = { size: 9.5, anchor: "end", fill: FAINT } as const;
      drawn.push(textAt(MARGIN + TIME - 8, top + 14, timed(row.time), style));
    }
    for (const side of ["left", "right"] as const) {
      let y = top + 14;
      for (const note of row[side]) {
        drawn.push(...this.#note(note, side, y));
        y += note.result === undefined && note.octets === undefined ? 14 : 26;
      }
    }
    for (const [turn, wire] of row.wires.entries()) {
      drawn.push(...this.#wire(wire, top + 14 + turn * 16, this.#colourAt(index, wire)));
    }
    return drawn;
  }

  /** A call in the first line, what came of it in the second. */
  #note(note: Note, side: Side, y: number): Markup[] {
    const anchor = side === "left" ? "end" : "start";
    const x = side === "left" ? this.#left.from - 4 : this.#right.to + 6;
    const style = { size: TEXT, family: MONO, anchor } as const;
    const tag = this.#isNumbered && note.connection !== undefined ? `${note.connection}: ` : "";
    const goesOn = note.wait === "goes on" ? " still waits" : "";
    const isEnd = note.wait === "ends";
    const call = isEnd ? `↳ ${note.call}` : note.call;
    const lines = [
      textAt(x, y, fitted(`${tag}${call}${goesOn}`, NOTES), {
        ...style,
        fill: isEnd ? FAINT : INK,
      }),
    ];
    const came = [note.result, note.octets].filter(Boolean).join(" ");
    if (came !== "") {
      const fill = note.failed ? WARNING : FAINT;
      lines.push(
        textAt(x, y + 12, fitted(came, NOTES), { ...style, fill, weight: note.failed ? 700 : 400 }),
      );
    }
    return lines;
  }

  #colourAt(index: number, wire: Wire): string {
    const from: Side = wire.to === "left" ? "right" : "left";
    if (wire.kind === "reset") return COLOURS.vermillion;
    const box = this.#rows.boxes.find((one) => one.side === from && one.from === index);
    return wire.kind === "data" ? colourOf(box?.connection) : FAINT;
  }

  #wire({ to, kind, text, isInferred, isLost }: Wire, y: number, colour: string): Markup[] {
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
      textAt((this.#left.to + this.#right.from) / 2, y - 1, fitted(text, WIRES - 14), {
        size: TEXT,
        anchor: "middle",
        family: kind === "data" ? MONO : undefined,
        fill: kind === "reset" ? WARNING : INK,
      }),
    ];
  }

  #legend(): Markup[] {
    const y = this.#bottom + 20;
    const words =
      "solid: octets that a call moved  ·  dashed: inferred from the calls  ·  ×: refused, reset or lost";
    const style = { size: 9.5, anchor: "middle" } as const;
    return [
      textAt(this.#width / 2, y, words, { ...style, fill: FAINT }),
      ...this.#missing.map((line, at) =>
        textAt(this.#width / 2, y + (at + 1) * 14, line, { ...style, fill: WARNING }),
      ),
    ];
  }
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

function height(row: LadderRow): number {
  const notes = [row.left, row.right].map((side) =>
    side.reduce(
      (sum, note) => sum + (note.result === undefined && note.octets === undefined ? 14 : 26),
      0,
    ),
  );
  return 8 + Math.max(14, row.wires.length * 16, ...notes);
}

/** As much of a text as has room in so many pixels. */
function fitted(text: string, width: number): string {
  const room = Math.floor(width / CHARACTER);
  const characters = [...text];
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join("")}…`;
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
  return lines.filter((line) => line !== "").map((line) => fitted(line, width));
}
