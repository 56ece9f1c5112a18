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
import type { Socket } from "./socket-class";

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
  sock: Pick<Socket, "recv">,
  length: number,
  options?: WaitOptions,
): Promise<Bytes> {
  const pieces: Bytes[] = [];
  let received = 0;
  while (received < octetCount(length, "length")) {
    const more = await sock.recv(length - received, MSG_WAITALL, options);
    if (more.length === 0) throw new EOFError(length, received);
    pieces.push(more);
    received += more.length;
  }
  return pieces.length === 1 ? pieces[0] : Bytes.concat(pieces);
}
