/**
 * Receiving a message whose length is known.
 *
 * @module
 */

"use deferred interrupts";

import { octetCount } from "./arguments";
import { Bytes } from "./bytes";
import type { WaitOptions } from "./cancellation";
import { MSG_WAITALL } from "./constants";
import { giveBack, type Socket } from "./socket-class";

/** The stream ended in the middle of a message. */
export class EOFError extends Error {
  override readonly name = "EOFError";

  constructor(
    /** The octets that were to come. */
    readonly expected: number,
    /** The octets that did come. */
    readonly received: number,
  ) {
    super(
      `was expecting ${expected} bytes but only received ${received} bytes before the socket closed`,
    );
  }
}

/**
 * Receives exactly `length` octets from a stream (*Foundations of Python Network Programming*, 3rd ed., p. 42).
 * Where the wait is cancelled or times out, those that have come are the next call's.
 *
 * @throws EOFError where the stream ends before, and what `recv` throws
 *
 * @example
 * const message = await recvall(connection, 16);
 * message.length // 16
 */
export async function recvall(
  sock: Socket<number>,
  length: number,
  options?: WaitOptions,
): Promise<Bytes> {
  let received = new Bytes();
  while (received.length < octetCount(length, "length")) {
    const missing = length - received.length;
    const more = await sock.recv(missing, MSG_WAITALL, options).catch((error) => {
      giveBack(sock, received);
      throw error;
    });
    if (more.length === 0) throw new EOFError(length, received.length);
    received = received.length === 0 ? more : Bytes.concat([received, more]);
  }
  return received;
}
