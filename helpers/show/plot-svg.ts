/**
 * What Observable Plot draws, as a document that stands on its own.
 *
 * @module
 */

"use deferred interrupts";

import type { ChannelValueSpec, Markish } from "@observablehq/plot";
import { thousands } from "./quantities";
import { COLOURS, element, escaped, INK, type Markup, SANS, svgDocument, textAt } from "./svg";

/** An axis, as in "accepted (octets)". */
export interface Axis {
  /** What is on it. */
  label: string;
  /** The unit, in the plural; "number" where things are counted. */
  unit: string;
  /** Each step is a multiple of the one before. */
  isLogarithmic?: boolean;
}

/** Measured points, in order. */
export type Points = readonly (readonly [x: number, y: number])[];

/** What is to be plotted. */
export interface Chart {
  /** What the plot shows, as a heading above it. */
  title: string;
  /** The horizontal axis. */
  x: Axis;
  /** The vertical axis. */
  y: Axis;
  /** By their names, which are told in a legend if there are several. */
  series: Readonly<Record<string, Points>>;
  /** Bars for things that are counted, steps for what stays until it changes, a line with its points otherwise. */
  marks?: "bars" | "steps" | "lines";
}

// Pixels. So wide is what a cell shows at most in one of two notebooks side by side, at a projector's 1280 x 720; there
// text is as high as it is drawn.
const WIDTH = 496;
const HEIGHT = 264;
const SCALE = 1.29;
const SIZE = 11;
const CHARACTER = 6.2;
const TITLE = 32;
const LEGEND = 20;
const LEFT = 72;
const RIGHT = 30;

const SERIES = [COLOURS.blue, COLOURS.vermillion, COLOURS.green, COLOURS.purple, COLOURS.orange];
const SYMBOLS = ["circle", "square", "triangle", "diamond", "cross"] as const;
const DASHES = ["", "7 4", "2 3", "10 3 2 3", "4 2"];

interface Datum {
  x: number;
  y: number;
  name: string;
}

/** The drawing. `description` says in words, or numbers, what it shows. */
export function plotSvg(chart: Chart, description: string): string {
  const names = Object.keys(chart.series);
  const rows = names.length > 1 ? rowsOf(names) : [];
  const top = TITLE + rows.length * LEGEND;
  const size = { width: WIDTH, height: top + HEIGHT + 8, scale: SCALE };
  return svgDocument({ title: chart.title, description, ...size }, (id) => [
    textAt(16, 22, chart.title, { size: 13, weight: 700 }),
    ...rows.flatMap((row, at) => legend(row, TITLE + at * LEGEND)),
    element("g", { transform: `translate(0,${top})` }, drawn(chart, id)),
  ]);
}

function drawn(chart: Chart, id: string): Markup {
  // Loaded here, and not at the head: it takes a tenth of a second, and most notebooks never plot.
  const Plot = require("@observablehq/plot") as typeof import("@observablehq/plot");
  const { createDocument } = require("@mixmark-io/domino") as { createDocument(): object };
  const figure = Plot.plot({
    document: createDocument() as never,
    className: `${id}-plot`,
    width: WIDTH,
    height: HEIGHT,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: 22,
    marginBottom: 44,
    style: { fontFamily: SANS, fontSize: `${SIZE}px`, color: INK, background: "none" },
    x: { ...axis(chart.x, chart.marks), ...placesOf(chart), labelAnchor: "center" },
    y: {
      ...axis(chart.y),
      ...wholeTicks(chart),
      labelOffset: 58,
      grid: true,
      ...(chart.y.isLogarithmic ? {} : { zero: true }),
    },
    marks: marks(Plot, chart),
  });
  return serialised(figure as unknown as DomElement);
}

function axis(spec: Axis, marks?: Chart["marks"]) {
  const { isLogarithmic = false } = spec;
  const type = isLogarithmic ? ("log" as const) : ("linear" as const);
  return {
    type: marks === "bars" ? undefined : type,
    label: axisLabel(spec),
    labelArrow: "none" as const,
    nice: !isLogarithmic && marks !== "bars",
    tickFormat: thousands,
    ...(isLogarithmic ? { base: 2 } : {}),
  };
}

/** Few things that are counted are marked one by one. */
function wholeTicks({ series }: Chart) {
  const values = Object.values(series).flatMap((points) => points.map((point) => point[1]));
  const most = Math.max(...values);
  const areFew = most <= 10 && values.every((value) => Number.isInteger(value) && value >= 0);
  return areFew ? { ticks: Array.from({ length: most + 1 }, (_, tick) => tick) } : {};
}

/** On a logarithmic axis, the places that were measured, if there is room for their numbers. */
function placesOf({ x, series }: Chart) {
  if (!x.isLogarithmic) return {};
  const places = new Set(
    Object.values(series).flatMap((points) => points.map((point) => point[0])),
  );
  const longest = Math.max(...[...places].map((place) => thousands(place).length));
  const room = (WIDTH - LEFT - RIGHT) / places.size;
  return (longest + 1) * CHARACTER <= room ? { ticks: [...places] } : {};
}

function marks(Plot: typeof import("@observablehq/plot"), chart: Chart): Markish[] {
  const kind = chart.marks ?? "lines";
  const places = { x: "x" as ChannelValueSpec, y: "y" as ChannelValueSpec };
  return Object.entries(chart.series).flatMap(([name, points], index): Markish[] => {
    const data = points.map(([x, y]): Datum => ({ x, y, name }));
    const colour = SERIES[index % SERIES.length];
    const dashes = DASHES[index % DASHES.length];
    if (kind === "bars")
      return [Plot.rectY(data, { ...bars(data), fill: colour }), Plot.ruleY([0])];
    const line = Plot.line(data, {
      ...places,
      stroke: colour,
      strokeWidth: 2,
      strokeDasharray: dashes,
      curve: kind === "steps" ? "step-after" : "linear",
    });
    if (kind === "steps") return [line];
    const symbol = SYMBOLS[index % SYMBOLS.length];
    return [
      line,
      Plot.dot(data, { ...places, fill: colour, symbol, r: data.length > 60 ? 1.5 : 3.5 }),
    ];
  });
}

/** Bars in the middle of their places, with a gap if they are few. */
function bars(data: readonly Datum[]) {
  const inset = data.length > 60 ? 0 : 0.1;
  return {
    x1: (datum: Datum) => datum.x - 0.5 + inset,
    x2: (datum: Datum) => datum.x + 0.5 - inset,
    y: (datum: Datum) => datum.y,
  };
}

/** The name of a series, and which one it is. */
type Entry = readonly [name: string, index: number];

/** Names in rows, as many in each as have room. */
function rowsOf(names: readonly string[]): Entry[][] {
  const rows: Entry[][] = [[]];
  let room = WIDTH;
  for (const [index, name] of names.entries()) {
    const last = rows[rows.length - 1];
    if (last.length > 0 && room < entryWidth(name)) {
      rows.push([[name, index]]);
      room = WIDTH;
    } else last.push([name, index]);
    room -= entryWidth(name);
  }
  return rows;
}

function entryWidth(name: string): number {
  return 58 + name.length * 6.5;
}

function legend(row: readonly Entry[], top: number): Markup[] {
  let x = 16;
  return row.flatMap(([name, index]) => {
    const stroke = SERIES[index % SERIES.length];
    const dashes = DASHES[index % DASHES.length] || undefined;
    const entry = [
      element("line", {
        x1: x,
        y1: top + 8,
        x2: x + 30,
        y2: top + 8,
        stroke,
        "stroke-width": 3,
        "stroke-dasharray": dashes,
      }),
      textAt(x + 36, top + 12, name, { size: SIZE }),
    ];
    x += entryWidth(name);
    return entry;
  });
}

/** What of a DOM is needed to write it as XML: the library's own writer writes HTML. */
interface DomElement {
  readonly nodeType: number;
  readonly localName: string;
  readonly data: string;
  readonly attributes: Iterable<{ name: string; value: string }> &
    ArrayLike<{ name: string; value: string }>;
  readonly childNodes: ArrayLike<DomElement>;
}

const ELEMENT = 1;
const TEXT = 3;

function serialised(node: DomElement): Markup {
  if (node.nodeType === TEXT) return { markup: escaped(node.data) };
  if (node.nodeType !== ELEMENT) return { markup: "" };
  const attributes = Object.fromEntries(
    Array.from(node.attributes, ({ name, value }) => [name, value]),
  );
  return element(node.localName, attributes, ...Array.from(node.childNodes, serialised));
}

/** "accepted (octets)" */
export function axisLabel({ label, unit }: Axis): string {
  return `${label} (${unit})`;
}
