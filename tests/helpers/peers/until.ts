/**
 * Waiting for a state: what a test sets in motion comes at once on a quiet machine, and late on a busy one.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds after which a state is taken for one that never comes. */
const PATIENCE = 60_000;

/** Looks again and again until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!condition()) {
    assert.ok(performance.now() < end, `never: ${condition}`);
    await sleep(5);
  }
}
