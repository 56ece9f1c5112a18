/** What differs on macOS and can be seen without one: the octets of addresses and options. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

/** The value of an expression over the helpers, as they are where `process.platform` is "darwin". */
function onDarwin(expression: string): unknown {
  const source = `
    require("koffi"); // Its own library is that of this system.
    Object.defineProperty(process, "platform", { value: "darwin" });
    const address = require("./posix/address"), options = require("./posix/options"), constants = require("./posix/constants");
    const octets = (view) => [...view];
    process.stdout.write(JSON.stringify(${expression}));
  `;
  const args = ["--require", "ts-node/register/transpile-only", "--eval", source];
  const cwd = join(__dirname, "..", "..", "helpers");
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: "utf8" }));
}

test("an address begins with its length, then its family (sockaddr(3type), in(4))", () => {
  assert.deepEqual(
    onDarwin(`[
      octets(address.encodeHost(2, address.checkHost(2, ["127.0.0.1", 10000]))),
      address.decodeSockaddr(Uint8Array.of(16, 2, 39, 16, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)),
    ]`),
    [
      [16, 2, 39, 16, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
      ["127.0.0.1", 10000],
    ],
  );
  const scoped = [
    28, 30, 0, 80, 0, 0, 0, 7, 254, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0,
  ];
  assert.deepEqual(
    onDarwin(`address.decodeSockaddr(Uint8Array.from(${JSON.stringify(scoped)}))[1]`),
    80,
  );
});

test("a path has 103 octets at most, ends with NUL, and none is a name without a file", () => {
  assert.deepEqual(onDarwin(`octets(address.encodePath("/a"))`), [5, 1, 47, 97, 0]);
  assert.deepEqual(onDarwin(`address.decodeSockaddr(Uint8Array.of(16, 1, 47, 97, 0, 0, 0))`), "/a");
  assert.equal(onDarwin(`address.encodePath("x".repeat(103)).length`), 106);
  for (const path of [`"x".repeat(104)`, `"\\0abstract"`]) {
    assert.throws(() => onDarwin(`address.encodePath(${path})`));
  }
});

test("a timeval has 16 octets, of which the microseconds take four", () => {
  assert.deepEqual(
    onDarwin(`octets(options.encodeOption({ tv_sec: 2, tv_usec: 500000 }))`),
    [2, 0, 0, 0, 0, 0, 0, 0, 32, 161, 7, 0, 0, 0, 0, 0],
  );
  assert.deepEqual(
    onDarwin(
      `options.timeval(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 32, 161, 7, 0, 255, 255, 255, 255))`,
    ),
    { tv_sec: 2, tv_usec: 500000 },
  );
});
