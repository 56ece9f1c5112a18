/** The other end of a named pipe. */
import { closeSync, constants, openSync } from "node:fs";

/** Opens both ends of a named pipe, for no longer than it takes whoever sleeps to open one to wake up. */
export function openOtherEnd(file: string): void {
  try {
    closeSync(openSync(file, constants.O_RDWR | constants.O_NONBLOCK));
  } catch {
    // It is gone, or may not be opened for both.
  }
}
