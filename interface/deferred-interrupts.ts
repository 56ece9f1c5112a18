/**
 * How a module that cells import says where an interrupt may come.
 *
 * The kernel compiles a check into each turn of each loop, so that an interrupt ends an endless one. It may then end any
 * other loop as well, and with it the work that the loop belongs to. A module whose work must not end half done – its
 * call has taken octets from the system, and the caller has not got them yet – has the directive
 *
 *     "use deferred interrupts";
 *
 * before its first statement. Its loops are left alone, and an interrupt comes only where the module itself looks: at
 * the `signal` of the cell, while it waits. Whatever loop it has must therefore end by itself. The functions that it is
 * handed and calls are those of other modules, and checked as those are.
 *
 * @module
 */

"use deferred interrupts";

/** The directive. Elsewhere than in this project's kernel it means nothing. */
export const DEFERRED_INTERRUPTS = "use deferred interrupts";
