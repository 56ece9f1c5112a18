/**
 * Node's own timers, for the kernel itself. Those that a cell sets end with it (timers.ts), and what of the kernel is
 * called in a cell's context, or in one that an error has left behind, would set such.
 */
import timers from "node:timers";
import promised from "node:timers/promises";

export const { clearTimeout, setImmediate, setTimeout } = timers;

export const { setTimeout: sleep } = promised;
