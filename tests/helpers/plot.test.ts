/** Plots: what is drawn is what was measured, with its units, as XML that stands on its own. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { type Chart, plot } from "../../helpers/plot";
import { DISPLAY } from "../../helpers/show/display";
import { COLOURS } from "../../helpers/show/svg";
import { PYTHON } from "./peers/python";

const sizes: Chart = {
  title: "What each send() has accepted",
  x: { label: "call", unit: "number" },
  y: { label: "accepted", unit: "octets" },
  series: {
    accepted: [
      [1, 65536],
      [2, 65536],
      [3, 1000],
    ],
  },
  marks: "bars",
};

const two: Chart = {
  title: 'Octets <sent> & "received"',
  x: { label: "buffer", unit: "octets", isLogarithmic: true },
  y: { label: "throughput", unit: "MiB/s" },
  series: {
    "recv(n)": [
      [1024, 50],
      [4096, 190],
    ],
    "recvInto(view)": [
      [1024, 60],
      [4096, 230],
    ],
  },
};

const svg = (chart: Chart) => String(plot(chart)[DISPLAY]()["image/svg+xml"]);

/** The texts of a drawing, read by an XML parser, which must take it for well formed. */
function texts(drawing: string): string[] {
  const program = `
import sys, json, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.read())
print(json.dumps(["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]))`;
  return JSON.parse(execFileSync(PYTHON, ["-c", program], { input: drawing, encoding: "utf8" }));
}

test("as text, it is the table of its numbers", () => {
  assert.deepEqual(String(plot(sizes)).split("\n"), [
    "What each send() has accepted",
    "call (number)  accepted (octets)",
    "1              65536",
    "2              65536",
    "3              1000",
  ]);
  assert.equal(String(plot(two)).split("\n")[2], "recv(n)         1024             50");
  const long = {
    ...sizes,
    series: { accepted: Array.from({ length: 500 }, (_, n) => [n, n] as const) },
  };
  assert.ok(String(plot(long)).endsWith("(460 rows between are left out)"));
});

test("the axes are labelled with their units, and one bar is drawn for each point", () => {
  const drawing = svg(sizes);
  const found = texts(drawing);
  for (const label of ["call (number)", "accepted (octets)", sizes.title, "60,000"]) {
    assert.ok(found.includes(label), `${label} in ${found}`);
  }
  assert.equal([...drawing.matchAll(/<rect [^>]*height="[\d.]+"[^>]*>/g)].length, 1 + 3);
});

test("series have names, and differ in colour, dashes and symbols", () => {
  const drawing = svg(two);
  const found = texts(drawing);
  for (const label of ["recv(n)", "recvInto(view)", two.title, "1,024", "4,096"]) {
    assert.ok(found.includes(label), `${label} in ${found}`);
  }
  for (const colour of [COLOURS.blue, COLOURS.vermillion]) assert.ok(drawing.includes(colour));
  assert.match(drawing, /stroke-dasharray="7 4"/);
});

test("on a projector, side by side, text is at least 11 pixels high, and no name leaves the drawing", () => {
  const names = Array.from({ length: 9 }, (_, index) => `a series ${index}`);
  const many = { ...two, series: Object.fromEntries(names.map((name) => [name, [[1, 2]]])) };
  for (const drawing of [svg(sizes), svg(two), svg(many as unknown as Chart)]) {
    // What a cell has room for in one of two notebooks on a screen of 1280 x 720.
    assert.match(drawing, /viewBox="0 0 496 /);
    for (const [, size] of drawing.matchAll(/font-size[=:] ?"?([\d.]+)px/g))
      assert.ok(Number(size) >= 11);
    for (const [, size] of drawing.matchAll(/<text [^>]*font-size="([\d.]+)"/g)) {
      assert.ok(Number(size) >= 11);
    }
  }
  const places = [...svg(many as unknown as Chart).matchAll(/<text x="([\d.]+)" [^>]*>a series/g)];
  assert.equal(places.length, names.length);
  for (const [, x] of places) assert.ok(Number(x) + 10 * 6.2 <= 496, x);
});

test("two plots of a page share no id and no class", () => {
  const names = (drawing: string) =>
    [...drawing.matchAll(/ (?:id|class)="([^"]+)"/g)].map(([, name]) => name);
  const [one, other] = [svg(sizes), svg(sizes)].map(names);
  assert.ok(one.length >= 3);
  assert.deepEqual(
    one.filter((name) => other.includes(name)),
    [],
  );
});

test("there is no script and nothing from elsewhere", () => {
  for (const drawing of [svg(sizes), svg(two)]) {
    assert.doesNotMatch(drawing, /<script|<image|<foreignObject|@import|url\(|href=/);
    assert.doesNotMatch(drawing.replace('xmlns="http://www.w3.org/2000/svg"', ""), /http/);
  }
});

test("what cannot be drawn is refused", () => {
  assert.throws(() => plot({ ...sizes, series: {} }), RangeError);
  assert.throws(() => plot({ ...sizes, series: { a: [[Number.NaN, 1]] } }), RangeError);
  assert.throws(() => plot({ ...two, series: { a: [[0, 1]] } }), /0 on the axis of buffer/);
});

test("the library is loaded with the first plot, and not before", () => {
  const source = `
    const loaded = () => Object.keys(require.cache).some((file) => /observablehq|domino/.test(file));
    const { plot } = require(${JSON.stringify(require.resolve("../../helpers/plot"))});
    const made = plot(${JSON.stringify(sizes)});
    const before = loaded();
    made[Symbol.for("Jupyter.display")]();
    console.log(before, loaded());`;
  const register = require.resolve("ts-node/register/transpile-only");
  const command = ["--require", register, "--eval", source];
  assert.equal(execFileSync(process.execPath, command, { encoding: "utf8" }).trim(), "false true");
});
