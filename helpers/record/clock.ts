/**
 * A clock that all programs of this machine share, so that what one has caused comes after it in the other.
 *
 * @module
 */

"use deferred interrupts";

/** What `performance.now` has to be added to. */
const offset = clockOffset();

/** Between two readings of the clock, `performance.now` was what it was; the closest two of some count. */
function clockOffset(): number {
  let best = { width: Number.POSITIVE_INFINITY, offset: 0 };
  for (let turn = 0; turn < 8; turn++) {
    const before = Number(process.hrtime.bigint()) / 1e6;
    const reading = performance.now();
    const after = Number(process.hrtime.bigint()) / 1e6;
    const width = after - before;
    if (width < best.width) best = { width, offset: (before + after) / 2 - reading };
  }
  return best.offset;
}

/** Milliseconds on that clock, which nobody sets. */
export function now(): number {
  return offset + performance.now();
}
