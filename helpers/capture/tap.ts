/**
 * Where a capture's packets come from: the process that holds this network, which captures for all that are in it, or,
 * where the system allows it to this program, a packet socket of its own.
 *
 * @module
 */

"use deferred interrupts";

import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PacketRing } from "../posix/packet-ring";
import { isDarwin } from "../posix/platform";
import { isSystemError } from "../posix/system-error";
import { type Captured, capturedIn, Packets } from "./packets";

/** The variables that name the folder of a network of its own, or say why there is none. */
export const NETWORK_FOLDER = "NETWORK_FOLDER";
const NETWORK_PROBLEM = "NETWORK_PROBLEM";

/** The Unix-domain socket in that folder at which the holder of the network gives its packets away. */
export const CAPTURE_SOCKET = "capture";

/** A source of packets, until it is closed. */
export interface Tap {
  /** All packets that have passed until now, as far as they are kept. */
  captured(): Promise<Captured>;
  close(): void;
}

/** A packet socket of this program. */
export class OwnTap implements Tap {
  readonly #packets = new Packets();
  readonly #ring = new PacketRing((time, length, octets) =>
    this.#packets.add(time, length, octets),
  );

  async captured(): Promise<Captured> {
    return capturedIn(this.written());
  }

  /** What `capturedIn` reads. */
  written(): Uint8Array {
    this.#ring.drain();
    return this.#packets.written(this.#ring.missed);
  }

  close(): void {
    this.#ring.drain();
    this.#ring.close();
  }
}

/** The capture of the process that holds the network. */
class HeldTap implements Tap {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Error ENOENT or ECONNREFUSED where the process has ended */
  async captured(): Promise<Captured> {
    // It may still be at its start, as the notebook is.
    for (let turn = 0; turn < 100 && !existsSync(this.#path); turn++) await sleep(100);
    const connection = connect(this.#path);
    const pieces: Buffer[] = [];
    connection.on("data", (piece) => pieces.push(piece));
    await once(connection, "end");
    return capturedIn(Buffer.concat(pieces));
  }

  close(): void {}
}

/** Gives what has been captured to each program in this network that asks for it, by the network's folder. */
export function offerCapture(tap: OwnTap, folder: string): Server {
  const server = createServer((connection) => {
    connection.on("error", () => connection.destroy());
    connection.end(tap.written());
  });
  return server.listen(join(folder, CAPTURE_SOCKET));
}

/** The capture of the process that holds this network, or why there is none. */
export function heldTap(): Tap | string {
  const folder = process.env[NETWORK_FOLDER];
  if (folder) return new HeldTap(join(folder, CAPTURE_SOCKET));
  const why = process.env[NETWORK_PROBLEM];
  const because = why ? `: ${why}` : " (make doctor says why)";
  return `this notebook has no network of its own${because}`;
}

/** A source of packets from now on, or why there is none. */
export function openTap(): Tap | string {
  const held = heldTap();
  if (typeof held !== "string") return held;
  if (isDarwin) return "macOS has no packet sockets";
  try {
    return new OwnTap();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const isForbidden = error.code === "EPERM" || error.code === "EACCES";
    return isForbidden ? held : `the system has no packet socket for this program (${error.code})`;
  }
}
