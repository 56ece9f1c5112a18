/** Octets that print as Python's do: against Python's own repr. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { Bytes, bytes } from "../../helpers/socket";
import { PYTHON } from "./peers/python";

test("every octet, and every way of quoting, prints as in Python", () => {
  const samples = [
    Array.from({ length: 256 }, (_, octet) => octet),
    [..."it's"],
    [...'say "it"'],
    [...`it's "both"`],
    [..."back\\slash\r\n\t\0\x7f"],
    [],
  ].map((each) => each.map((octet) => (typeof octet === "string" ? octet.charCodeAt(0) : octet)));
  const source =
    "import json, sys; print(json.dumps([repr(bytes(each)) for each in json.load(sys.stdin)]))";
  const reprs = JSON.parse(
    execFileSync(PYTHON, ["-c", source], { encoding: "utf8", input: JSON.stringify(samples) }),
  );
  assert.deepEqual(
    samples.map((each) => String(Bytes.from(each))),
    reprs,
  );
});

test("they show so in a template, on the console, and inside of other values", () => {
  const data = bytes("Hi there, server");
  assert.equal(`${data}`, "b'Hi there, server'");
  assert.equal(format("received", data), "received b'Hi there, server'");
  assert.equal(format("%s", data), "b'Hi there, server'");
  assert.equal(inspect([data, "text"]), "[ b'Hi there, server', 'text' ]");
  assert.ok(inspect(data, { colors: true }).startsWith("\u001b[32mb'Hi there, server'"));
  assert.equal(
    inspect(new Bytes(20_000), { maxStringLength: 2 }),
    "b'\\x00\\x00'... 19998 more octets",
  );
});

test("they are a real Uint8Array, and so are parts of them", () => {
  const data = bytes("abc");
  assert.ok(data instanceof Uint8Array);
  assert.ok(Buffer.from("abc").equals(data));
  assert.deepEqual([...data], [97, 98, 99]);
  for (const part of [data.subarray(1), data.slice(1), data.map((octet) => octet).subarray(1)]) {
    assert.ok(part instanceof Bytes);
    assert.equal(String(part), "b'bc'");
  }
  assert.equal(String(Bytes.concat([data, Buffer.from("de"), new Uint8Array(1)])), "b'abcde\\x00'");
  assert.equal(Bytes.concat([]).length, 0);
  assert.ok(data.equals(Buffer.from("abc")));
  assert.ok(!data.equals(Buffer.from("abd")));
});

test("decode gives the text, and refuses what is none", () => {
  assert.equal(bytes("héllo").decode(), "héllo");
  assert.equal(bytes("\ufeffmark").decode(), "\ufeffmark");
  assert.equal(bytes("A\0").decode("utf-16le"), "A");
  assert.throws(() => bytes("é").subarray(0, 1).decode(), TypeError);
  assert.throws(() => bytes("x").decode("no such encoding"), RangeError);
});

test("bytes copies: a text as UTF-8, a view as it is", () => {
  const memory = Uint8Array.of(1, 2, 3);
  const copy = bytes(memory.subarray(1));
  memory[1] = 9;
  assert.deepEqual([...copy], [2, 3]);
  assert.deepEqual([...bytes("é")], [0xc3, 0xa9]);
  assert.deepEqual([...bytes(new DataView(memory.buffer))], [1, 9, 3]);
  // @ts-expect-error A number is not text.
  assert.throws(() => bytes(5), TypeError);
});
