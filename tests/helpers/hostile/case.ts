/**
 * What the hostile cases are made of: values that no type would let through, ways to pass them all the same, and
 * pairs of sockets to show that nothing was harmed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Socket, socket } from "../../../helpers/socket";

/** A case: it fails by throwing, or by what it does to its process. */
export type Case = () => Promise<void>;

/** What a cell without types may pass where a number belongs. */
export const NOT_NUMBERS: readonly unknown[] = [
  null,
  "16",
  "",
  {},
  [],
  [16],
  true,
  16n,
  Symbol("16"),
  () => 16,
  new Date(0),
];
export const NOT_INTEGERS = [
  Number.NaN,
  1.5,
  -0.5,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
/** Numbers that become others when they are cut to 32 bits: 2 ** 32 + n becomes n. */
export const TOO_BIG = [
  2 ** 31,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 32 + 16,
  -(2 ** 32) + 16,
  2 ** 53,
  2 ** 64,
  1e300,
  -(2 ** 31) - 1,
];
export const BAD_LENGTHS: readonly unknown[] = [
  -1,
  -16,
  ...NOT_INTEGERS,
  ...TOO_BIG,
  ...NOT_NUMBERS,
];

/** Calls a function or method with arguments that its type forbids. */
export function untyped(callee: object, name: string, ...args: unknown[]): unknown {
  const methods = callee as Record<string, (...args: unknown[]) => unknown>;
  assert.equal(typeof methods[name], "function", name);
  return methods[name](...args);
}

/** The call throws, or its promise rejects, with an Error. */
export async function refused(call: () => unknown, note = ""): Promise<Error> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    return genuine(error, note);
  }
  assert.fail(`${note}: not refused, but ${String(result)}`);
}

/** The call succeeds, or fails with an Error; it does not hang. */
export async function survived(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return genuine(error);
  }
}

function genuine(error: unknown, note = ""): Error {
  assert.ok(error instanceof Error, `${note}: not an Error: ${String(error)}`);
  if (error instanceof assert.AssertionError) throw error;
  return error;
}

export function show(value: unknown): string {
  return typeof value === "symbol"
    ? "a symbol"
    : `${typeof value} ${JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each))}`;
}

/** Two connected sockets. */
export async function pair(): Promise<[near: Socket, far: Socket]> {
  const listening = socket();
  await listening.bind(["127.0.0.1", 0]);
  listening.listen(1);
  const near = socket();
  await near.connect(["127.0.0.1", Number(listening.getsockname()[1])]);
  const [far] = await listening.accept();
  listening.close();
  return [near, far];
}

/** Both ends still carry octets, both ways, and only these. */
export async function works([near, far]: [Socket, Socket]): Promise<void> {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ]) {
    await from.sendall("all is well");
    assert.equal((await to.recv(100)).decode(), "all is well");
  }
}

export function close(...socks: Socket<number>[]): void {
  for (const sock of socks) sock.close();
}

/** Holds the event loop up, so that what arrives meanwhile is not seen. */
export function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

export function collect(): void {
  assert.ok(globalThis.gc, "run with --expose-gc");
  for (let i = 0; i < 5; i++) globalThis.gc();
}
