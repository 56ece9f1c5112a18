/**
 * What goes through a server, kept up to date while it serves.
 *
 * @module
 */

"use deferred interrupts";

import type { MimeBundle } from "../interface/cell";
import type { Socket } from "./posix/socket-class";
import { requireRecord, type SocketRecord, watchRecords } from "./record/record";
import { tableBundle } from "./show/display";
import { Live } from "./show/live-display";
import { thousands } from "./show/quantities";

/** The traffic of one listening socket, under the cell that has asked for it. */
export class Traffic {
  readonly #place = new Live();
  readonly #unwatch: () => void;
  readonly #listener: SocketRecord;

  constructor(listener: Socket<number>) {
    this.#listener = requireRecord(listener, "showTraffic needs a socket that was recorded");
    this.#unwatch = watchRecords(() => this.#place.later(() => this.#table()));
    this.#place.later(() => this.#table());
  }

  /** Leaves what there is now. */
  end(): void {
    this.#unwatch();
    this.#place.later(() => this.#table());
    this.#place.end();
  }

  /** `using traffic = ...` ends it with the block. */
  [Symbol.dispose](): void {
    this.end();
  }

  #table(): MimeBundle {
    const { accepted, open, received, sent } = this.#listener;
    const figures = [accepted, open, received, sent].map(thousands);
    return tableBundle(["connections", "open now", "octets in", "octets out"], [figures]);
  }
}

/**
 * Shows how many connections a listening socket has accepted, how many are open, and the octets in and out, at most ten
 * times a second, until it is told to end.
 *
 * @example
 * using traffic = showTraffic(listener);
 * for (let served = 0; served < CONNECTIONS; served++) await serve((await listener.accept())[0]);
 */
export function showTraffic(listener: Socket<number>): Traffic {
  return new Traffic(listener);
}
