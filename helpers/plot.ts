/**
 * Plots of what a cell has measured, by Observable Plot, as drawings without a script.
 *
 * The library is loaded with the first plot: a notebook without one does not wait for it.
 *
 * @module
 */

"use deferred interrupts";

import { inspect } from "node:util";
import type { MimeBundle } from "../interface/cell";
import { DISPLAY, textTable } from "./show/display";
import { type Axis, axisLabel, type Chart, plotSvg } from "./show/plot-svg";

export type { Axis, Chart, Points } from "./show/plot-svg";

/** A plot; it shows itself as a picture, and prints as a table of its numbers. */
export class Plot {
  constructor(
    /** What it was made from. */
    readonly chart: Chart,
  ) {}

  toString(): string {
    const { title, x, y, series } = this.chart;
    const names = Object.keys(series);
    const rows = names.flatMap((name) =>
      series[name].map((point) => [...(names.length > 1 ? [name] : []), ...point.map(String)]),
    );
    const head = [...(names.length > 1 ? ["series"] : []), axisLabel(x), axisLabel(y)];
    return `${title}\n${shortTable(head, rows)}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  [DISPLAY](): MimeBundle {
    const text = this.toString();
    return { "image/svg+xml": plotSvg(this.chart, text), "text/plain": text };
  }
}

/**
 * Plots what was measured.
 *
 * @throws RangeError where there is nothing to plot, or a number that is none, or on a logarithmic axis not above 0
 *
 * @example
 * const sizes = [65_536, 32_768, 1_448];
 * plot({
 *   title: "What each send() has accepted",
 *   x: { label: "call", unit: "number" },
 *   y: { label: "accepted", unit: "octets" },
 *   series: { accepted: sizes.map((size, index) => [index + 1, size]) },
 *   marks: "bars",
 * })
 */
export function plot(chart: Chart): Plot {
  const points = Object.values(chart.series).flat();
  if (points.length === 0) throw new RangeError("plot needs at least one point");
  for (const [x, y] of points) {
    checkNumber(chart.x, x);
    checkNumber(chart.y, y);
  }
  return new Plot(chart);
}

function checkNumber({ label, isLogarithmic = false }: Axis, value: number): void {
  if (!Number.isFinite(value) || (isLogarithmic && value <= 0)) {
    throw new RangeError(`plot cannot draw ${value} on the axis of ${label}`);
  }
}

/** The longest table that is printed as a whole. */
const MOST_ROWS = 40;

function shortTable(head: string[], rows: string[][]): string {
  const missing = rows.length - MOST_ROWS;
  if (missing <= 0) return textTable(head, rows);
  const first = rows.slice(0, MOST_ROWS - 10);
  return `${textTable(head, [...first, ...rows.slice(-10)])}\n(${missing} rows between are left out)`;
}
