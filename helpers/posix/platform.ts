/**
 * What this machine is, as far as the layout of C's structures and the system's habits depend on it.
 *
 * @module
 */

"use deferred interrupts";

import { endianness } from "node:os";

/** Whether this is macOS; otherwise it is Linux. */
export const isDarwin = process.platform === "darwin";

/** Whether numbers of the machine have their lowest octet first. */
export const isLittleEndian = endianness() === "LE";
