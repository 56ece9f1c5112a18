/**
 * Turns of the event loop between calls that need not wait: a chain of them would keep everything else from running,
 * timers, other sockets, the interrupt of a notebook.
 *
 * @module
 */

"use deferred interrupts";

import { setImmediate } from "node:timers/promises";
import { currentCell, outsideCells } from "../../interface/cell";
import { isAborted, throwIfAborted } from "./cancellation";

/** After so many in a row, the loop gets a turn. */
const IN_A_ROW = 64;
let inARow = 0;
let turn: Promise<void> | undefined;

/** Counts a call that may come back at once. If it is time for the event loop to turn, it is to await this first. */
export function pace(): Promise<void> | undefined {
  inARow += 1;
  if (inARow >= IN_A_ROW) turn ??= nextTurn();
  return turn;
}

/** Of all cells: it comes also if the one that has asked for it ends. */
async function nextTurn(): Promise<void> {
  await outsideCells(() => setImmediate());
  inARow = 0;
  turn = undefined;
}

/** Whether the calling cell was interrupted, perhaps will be, or is over: a call is to await `interruptHeard()` first. */
export function isInterrupted(): boolean {
  const cell = currentCell();
  if (cell === undefined) return false;
  return cell.isInterruptPending === true || cell.isGivenUp === true || isAborted(cell.signal);
}

/**
 * Waits until an interrupt that is on its way has been heard of: what was taken from the system before that would come
 * into code that is being ended. A turn at least, for who catches the interrupt and tries again and again; and without
 * end where the kernel has given the cell up.
 *
 * @throws the reason of the running cell's signal, if the interrupt was meant for it
 */
export async function interruptHeard(): Promise<void> {
  do await setImmediate();
  while (currentCell()?.isInterruptPending);
  if (currentCell()?.isGivenUp) await new Promise(() => {});
  throwIfAborted(currentCell()?.signal);
}

/** The event loop has turned: those that come back at once are counted anew. */
export function turned(): void {
  inARow = 0;
}
