/** Octets that print as Python's do: against Python's own repr. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { DISPLAY } from "../../helpers/show/display";
import { Bytes, bytes, repr } from "../../helpers/socket";
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
    samples.map((each) => inspect(Bytes.from(each))),
    reprs,
  );
  assert.deepEqual(
    samples.map((each) => repr(Uint8Array.from(each))),
    reprs,
  );
});

test("they show so on the console, as the value of a cell, and inside of other values", () => {
  const data = bytes("Hi there, server");
  assert.equal(format("received", data), "received b'Hi there, server'");
  assert.equal(data[DISPLAY]()["text/plain"], "b'Hi there, server'");
  assert.equal(inspect([data, "text"]), "[ b'Hi there, server', 'text' ]");
  assert.ok(inspect(data, { colors: true }).startsWith("\u001b[32mb'Hi there, server'"));
  assert.equal(
    inspect(new Bytes(20_000), { maxStringLength: 2 }),
    "b'\\x00\\x00'... 19998 more octets",
  );
});

test("repr takes any view of octets, and nothing else", () => {
  const memory = Buffer.from("-it's-");
  assert.equal(repr(memory.subarray(1, 5)), `b"it's"`);
  assert.equal(repr(new DataView(memory.buffer, memory.byteOffset, 3)), "b'-it'");
  assert.equal(`${repr(bytes("Hi"))}`, "b'Hi'");
  // @ts-expect-error A text has no octets before it is encoded.
  assert.throws(() => repr("Hi"), { name: "TypeError", message: /not a string/ });
  // @ts-expect-error
  assert.throws(() => repr(5), TypeError);
});

test("where text is wanted they are their UTF-8", () => {
  const data = bytes("Grüße");
  assert.equal(String(data), "Grüße");
  assert.equal(data.toString(), "Grüße");
  assert.equal(`echo: ${data}`, "echo: Grüße");
  // biome-ignore lint/style/useTemplate: this too is to be tried
  assert.equal("echo: " + data, "echo: Grüße");
  assert.equal([data, bytes("!")].join(""), "Grüße!");
  assert.deepEqual(JSON.parse(bytes('{"price":"3 €"}').toString()), { price: "3 €" });
  assert.equal(String(new Bytes(0)), "");
});

test("they become text as Node's Buffer does", () => {
  const samples = [
    bytes("Hi there, server"),
    bytes("\ufeffGrüße, 世界 \u{1f310}\0").subarray(1),
    Bytes.from({ length: 256 }, (_, octet) => octet),
  ];
  const encodings = ["utf8", "hex", "latin1", "ascii", "base64", "base64url", "utf16le"] as const;
  for (const data of samples) {
    const buffer = Buffer.from(data);
    assert.equal(String(data), String(buffer));
    for (const encoding of encodings) {
      assert.equal(data.toString(encoding), buffer.toString(encoding), encoding);
      assert.equal(data.toString(encoding, 3, 8), buffer.toString(encoding, 3, 8), encoding);
    }
    assert.equal(data.toString("utf8", 2), buffer.toString("utf8", 2));
    assert.equal(data.toString(undefined, -1, 5000), buffer.toString(undefined, -1, 5000));
  }
  assert.equal(String(bytes("é").subarray(0, 1)), "\ufffd");
  // @ts-expect-error
  assert.throws(() => samples[0].toString("utf-99"), { code: "ERR_UNKNOWN_ENCODING" });
});

test("they are a real Uint8Array, and so are parts of them", () => {
  const data = bytes("abc");
  assert.ok(data instanceof Uint8Array);
  assert.ok(Buffer.from("abc").equals(data));
  assert.deepEqual([...data], [97, 98, 99]);
  for (const part of [data.subarray(1), data.slice(1), data.map((octet) => octet).subarray(1)]) {
    assert.ok(part instanceof Bytes);
    assert.equal(repr(part), "b'bc'");
  }
  assert.equal(repr(Bytes.concat([data, Buffer.from("de"), new Uint8Array(1)])), "b'abcde\\x00'");
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
