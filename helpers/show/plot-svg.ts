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

const WIDTH = 640;
const HEIGHT = 340;
const TITLE = 34;
const LEGEND = 22;

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
  const top = TITLE + (names.length > 1 ? LEGEND : 0);
  const size = { width: WIDTH, height: top + HEIGHT + 8 };
  return svgDocument({ title: chart.title, description, ...size }, (id) => [
    textAt(16, 24, chart.title, { size: 14, weight: 700 }),
    ...(names.length > 1 ? legend(names) : []),
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
    marginLeft: 76,
    marginRight: 34,
    marginTop: 26,
    marginBottom: 46,
    style: { fontFamily: SANS, fontSize: "11px", color: INK, background: "none" },
    x: { ...axis(chart.x, chart.marks), ...placesOf(chart), labelAnchor: "center" },
    y: {
      ...axis(chart.y),
      ...wholeTicks(chart),
      labelOffset: 60,
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

/** On a logarithmic axis, the places that were measured. */
function placesOf({ x, series }: Chart) {
  if (!x.isLogarithmic) return {};
  const places = new Set(
    Object.values(series).flatMap((points) => points.map((point) => point[0])),
  );
  return places.size <= 12 ? { ticks: [...places] } : {};
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

function legend(names: readonly string[]): Markup[] {
  let x = 20;
  return names.flatMap((name, index) => {
    const stroke = SERIES[index % SERIES.length];
    const dashes = DASHES[index % DASHES.length] || undefined;
    const entry = [
      element("line", {
        x1: x,
        y1: TITLE + 8,
        x2: x + 30,
        y2: TITLE + 8,
        stroke,
        "stroke-width": 3,
        "stroke-dasharray": dashes,
      }),
      textAt(x + 36, TITLE + 12, name, { size: 11.5 }),
    ];
    x += 60 + name.length * 7;
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
