/**
 * The error of a call that fails.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { SystemError } from "../../../helpers/socket";

/** What the call throws, or the promise is rejected with. */
export async function failure(call: Promise<unknown> | (() => unknown)): Promise<SystemError> {
  try {
    await (typeof call === "function" ? call() : call);
  } catch (error) {
    return error as SystemError;
  }
  assert.fail("it succeeded");
}

/** The words of that error. */
export async function words(call: Promise<unknown> | (() => unknown)): Promise<string> {
  return (await failure(call)).message;
}
