/**
 * TCP's diagram of states as a drawing, with those marked that were seen.
 *
 * @module
 */

"use deferred interrupts";

import type { Segment } from "../capture/segments";
import type { Transition } from "../capture/transitions";
import { printed } from "../posix/address";
import { passed, type Role, type State, TRANSITIONS } from "../posix/tcp-states";
import { COLOURS, element, FAINT, INK, type Markup, PAPER, svgDocument, textAt } from "./svg";

type Point = readonly [x: number, y: number];

const WIDTH = 640;
const HEIGHT = 560;
const BOX = { width: 122, height: 44 };

/** The state at the end of a connection's life is drawn again, below. */
const GONE = "gone";
type Place = State | typeof GONE;

const PLACES: Partial<Record<Place, Point>> = {
  CLOSE: [320, 60],
  LISTEN: [110, 118],
  SYN_SENT: [530, 118],
  SYN_RECV: [110, 216],
  ESTABLISHED: [320, 216],
  FIN_WAIT1: [110, 318],
  CLOSE_WAIT: [530, 318],
  FIN_WAIT2: [110, 420],
  CLOSING: [320, 369],
  TIME_WAIT: [320, 470],
  LAST_ACK: [530, 420],
  [GONE]: [530, 510],
};

/** Where the words of an arrow stand, by the states that it joins; in the middle, if left out. */
const WORDS: Record<string, readonly [dx: number, dy: number, anchor: "start" | "middle" | "end"]> =
  {
    "CLOSE LISTEN": [-12, -12, "end"],
    "CLOSE SYN_SENT": [12, -12, "start"],
    "LISTEN SYN_RECV": [8, 4, "start"],
    "SYN_SENT SYN_RECV": [-40, -10, "middle"],
    "SYN_SENT ESTABLISHED": [14, 14, "start"],
    "SYN_RECV ESTABLISHED": [0, -6, "middle"],
    "ESTABLISHED FIN_WAIT1": [-16, -4, "end"],
    "ESTABLISHED CLOSE_WAIT": [14, -8, "start"],
    "FIN_WAIT1 FIN_WAIT2": [-8, 4, "end"],
    "FIN_WAIT1 CLOSING": [2, -12, "start"],
    "FIN_WAIT2 TIME_WAIT": [-8, 18, "end"],
    "CLOSING TIME_WAIT": [8, 4, "start"],
    "CLOSE_WAIT LAST_ACK": [8, 4, "start"],
    "LAST_ACK CLOSE": [8, 4, "start"],
    "TIME_WAIT CLOSE": [-4, 18, "middle"],
  };

const ROLES: Record<Role, { colour: string; shift: number }> = {
  server: { colour: COLOURS.green, shift: -3 },
  client: { colour: COLOURS.blue, shift: 3 },
};

/** The diagram. `description` says in words what was seen. */
export function statesSvg(
  seen: Record<Role, readonly State[]>,
  transitions: readonly Transition[],
  description: string,
): string {
  const title = "The states of a TCP connection, and those that were seen at its two ends";
  const segments = [...new Set(transitions.map(({ segment }) => segment))];
  const listed = Math.ceil(segments.length / 2) * 15;
  const height = HEIGHT + (listed > 0 ? listed + 8 : 0);
  return svgDocument({ title, description, width: WIDTH, height }, () => [
    textAt(20, 28, "TCP states", { size: 14, weight: 700 }),
    ...legend(segments.length > 0),
    ...TRANSITIONS.flatMap((transition) => arrow(transition, seen, transitions, segments)),
    ...Object.entries(PLACES).flatMap(([place, at]) => box(place as Place, at, seen)),
    ...segments.map((segment, at) => {
      const [column, line] = [at % 2, Math.floor(at / 2)];
      const place = { x: 60 + column * 300, y: HEIGHT + 4 + line * 15 };
      return textAt(place.x, place.y, `${at + 1}  ${named(segment)}`, { size: 10.5 });
    }),
  ]);
}

/** "SYN, ACK seq 0, ack 1, from 127.0.0.1:10000" */
export function named({ flags, relativeSequence, ...segment }: Segment): string {
  const ack = flags.includes("ACK") ? `, ack ${segment.relativeAcknowledgement}` : "";
  return `${flags.join(", ")} seq ${relativeSequence}${ack}, from ${printed(segment.from)}`;
}

/** From place to place, as one end went: CLOSE after anything else is the one below. */
function* steps(seen: readonly State[]): Generator<{ from: Place; to: Place; isSeen: boolean }> {
  const way = [...passed(seen)];
  for (let at = 1; at < way.length; at++) {
    const [before, after] = [way[at - 1], way[at]];
    const to = after.state === "CLOSE" ? GONE : after.state;
    yield { from: before.state, to, isSeen: before.isSeen && after.isSeen };
  }
}

function placesSeen(seen: readonly State[]): Set<Place> {
  return new Set(seen.map((state, index) => (state === "CLOSE" && index > 0 ? GONE : state)));
}

function arrow(
  [from, to, by]: (typeof TRANSITIONS)[number],
  seen: Record<Role, readonly State[]>,
  transitions: readonly Transition[],
  segments: readonly Segment[],
): Markup[] {
  const place: Place = to === "CLOSE" ? GONE : to;
  const taken = (["server", "client"] as const).flatMap((role) => {
    const step = [...steps(seen[role])].find((one) => one.from === from && one.to === place);
    const cause = transitions.find(
      (one) => one.role === role && one.from === from && one.to === to,
    );
    const number = cause && segments.indexOf(cause.segment) + 1;
    return step || cause ? [{ role, number, isSeen: step?.isSeen || cause !== undefined }] : [];
  });
  const [start, end] = trimmed(PLACES[from] as Point, PLACES[place] as Point);
  const drawn =
    taken.length === 0
      ? line(start, end, 0, "#b5b5b0", 1.2)
      : taken.flatMap(({ role, isSeen }) => {
          const { colour, shift } = ROLES[role];
          return line(
            start,
            end,
            taken.length > 1 ? shift : 0,
            colour,
            2.4,
            isSeen ? undefined : "5 4",
          );
        });
  const [dx, dy, anchor] = WORDS[`${from} ${to}`] ?? [0, 0, "middle"];
  const [x, y] = [(start[0] + end[0]) / 2 + dx, (start[1] + end[1]) / 2 + dy];
  const fill = taken.length > 0 ? INK : "#70706c";
  const numbers = taken.flatMap(({ role, number }, at) =>
    number === undefined ? [] : mark(start, end, at - (taken.length - 1) / 2, number, role),
  );
  return [...drawn, ...numbers, textAt(x, y, by, { size: 10.5, anchor, fill })];
}

/** The number of a segment on an arrow, beside its middle; those of the two ends lie apart. */
function mark(
  [x1, y1]: Point,
  [x2, y2]: Point,
  apart: number,
  number: number,
  role: Role,
): Markup[] {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [x, y] = [x1 + (x2 - x1) * 0.25, y1 + (y2 - y1) * 0.25];
  const [cx, cy] = [x - ((y2 - y1) / length) * apart * 18, y + ((x2 - x1) / length) * apart * 18];
  return [
    element("circle", { cx, cy, r: 8, fill: ROLES[role].colour }),
    textAt(cx, cy + 3.5, String(number), {
      size: 10.5,
      anchor: "middle",
      fill: "#ffffff",
      weight: 700,
    }),
  ];
}

/** The part of the way between two boxes that is outside them. */
function trimmed([x1, y1]: Point, [x2, y2]: Point): [Point, Point] {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const scale = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : BOX.width / 2 / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : BOX.height / 2 / Math.abs(dy),
  );
  const [ax, ay] = [dx * scale, dy * scale];
  return [
    [x1 + ax, y1 + ay],
    [x2 - ax, y2 - ay],
  ];
}

function line(
  [x1, y1]: Point,
  [x2, y2]: Point,
  shift: number,
  colour: string,
  width: number,
  dashes?: string,
): Markup[] {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [sx, sy] = [-uy * shift, ux * shift];
  const tip = [x2 + sx, y2 + sy];
  const back = [tip[0] - ux * 9, tip[1] - uy * 9];
  return [
    element("line", {
      x1: x1 + sx,
      y1: y1 + sy,
      x2: back[0],
      y2: back[1],
      stroke: colour,
      "stroke-width": width,
      "stroke-dasharray": dashes,
    }),
    element("polygon", {
      points: [tip, [back[0] - uy * 4, back[1] + ux * 4], [back[0] + uy * 4, back[1] - ux * 4]]
        .map((point) => point.map((value) => value.toFixed(1)).join(","))
        .join(" "),
      fill: colour,
    }),
  ];
}

function box(place: Place, [x, y]: Point, seen: Record<Role, readonly State[]>): Markup[] {
  const roles = (["server", "client"] as const).filter((role) => placesSeen(seen[role]).has(place));
  const name = place === GONE ? "CLOSE" : place;
  const isSeen = roles.length > 0;
  const corner = { x: x - BOX.width / 2, y: y - BOX.height / 2, ...BOX, rx: 7 };
  const marks = roles.flatMap((role, index) => {
    const middle = x + (index - (roles.length - 1) / 2) * 54;
    return [
      element("rect", {
        x: middle - 25,
        y: y + 3,
        width: 50,
        height: 15,
        rx: 7,
        fill: ROLES[role].colour,
      }),
      textAt(middle, y + 14, role, { size: 10.5, anchor: "middle", fill: "#ffffff", weight: 700 }),
    ];
  });
  return [
    element("rect", {
      ...corner,
      fill: isSeen ? "#ffffff" : PAPER,
      stroke: isSeen ? INK : "#b5b5b0",
      "stroke-width": isSeen ? 1.6 : 1,
    }),
    textAt(x, isSeen ? y - 5 : y + 4, name, {
      size: 12,
      anchor: "middle",
      weight: isSeen ? 700 : 400,
      fill: isSeen ? INK : "#70706c",
    }),
    ...marks,
  ];
}

function legend(hasSegments: boolean): Markup[] {
  const words = hasSegments
    ? "solid: seen, or passed by a segment that was captured, with its number  ·  grey: not seen"
    : "solid: seen one after the other  ·  dashed: passed between two looks  ·  grey: not seen";
  return [textAt(WIDTH / 2, HEIGHT - 12, words, { size: 10.5, anchor: "middle", fill: FAINT })];
}
