/**
 * Drawings as SVG documents that stand on their own: no script, no style sheet, no font and no picture from elsewhere.
 * JupyterLab shows them as images, on a light page or a dark one, so that each has a background of its own.
 *
 * @module
 */

"use deferred interrupts";

import { randomBytes } from "node:crypto";

/** Markup that is complete. Text becomes such by `element` or `escaped`. */
export interface Markup {
  readonly markup: string;
}

type Attributes = Record<string, string | number | undefined>;

/** An element; strings among its children are text. */
export function element(
  name: string,
  attributes: Attributes = {},
  ...children: (Markup | string)[]
): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(number(value as string | number))}"`);
  const content = children.map((child) =>
    typeof child === "string" ? escaped(child) : child.markup,
  );
  const inside = content.length === 0 ? "/>" : `>${content.join("")}</${name}>`;
  return { markup: `<${name}${written.join("")}${inside}` };
}

/** A tenth of a pixel is fine enough. */
function number(value: string | number): string {
  return typeof value === "string" ? value : String(Math.round(value * 10) / 10);
}

/** Text as XML can hold it: section 2.2 of XML 1.0 allows no control characters and no halves of a pair. */
export function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * The colours of Okabe and Ito ("Color Universal Design", 2008), which people with any kind of colour vision tell
 * apart. Shape, dashes or words say the same, for print in black and white.
 */
export const COLOURS = {
  black: "#000000",
  orange: "#e69f00",
  sky: "#56b4e9",
  green: "#009e73",
  yellow: "#f0e442",
  blue: "#0072b2",
  vermillion: "#d55e00",
  purple: "#cc79a7",
} as const;

export const PAPER = "#fffffb";
export const INK = "#222222";
export const FAINT = "#5f5f5f";
export const RULE = "#c9c9c4";

export const SANS =
  "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif";
export const MONO =
  "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

export interface Drawing {
  /** What it is, in a line; and what it shows, for whoever cannot see it. */
  title: string;
  description: string;
  /** Pixels. */
  width: number;
  height: number;
  /** How much larger it is shown where there is room for it. */
  scale?: number;
}

/** A whole document. `draw` gets the beginning of the ids that this document, and no other on the page, has. */
export function svgDocument(drawing: Drawing, draw: (id: string) => Markup[]): string {
  const { title, description, width, height, scale = 1 } = drawing;
  const id = `d${randomBytes(6).toString("hex")}`;
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width: width * scale,
      height: height * scale,
      viewBox: `0 0 ${number(width)} ${number(height)}`,
      role: "img",
      "aria-labelledby": `${id}-title ${id}-desc`,
      "font-family": SANS,
      fill: INK,
    },
    element("title", { id: `${id}-title` }, title),
    element("desc", { id: `${id}-desc` }, description),
    element("rect", {
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      rx: 6,
      fill: PAPER,
      stroke: RULE,
    }),
    ...draw(id),
  ).markup;
}

export interface TextStyle {
  size?: number;
  fill?: string;
  anchor?: "start" | "middle" | "end";
  weight?: number;
  family?: string;
}

/** A line of text, all its spaces kept. */
export function textAt(x: number, y: number, text: string, style: TextStyle = {}): Markup {
  const { size, fill, anchor, weight, family } = style;
  return element(
    "text",
    {
      x,
      y,
      "font-size": size,
      "font-family": family,
      fill,
      "text-anchor": anchor,
      "font-weight": weight,
      "xml:space": "preserve",
    },
    text,
  );
}
