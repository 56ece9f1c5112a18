/**
 * Octets that have been taken from the system and not yet been given to the caller.
 *
 * A call that wants at least so many octets (MSG_WAITALL, SO_RCVLOWAT) takes them as they come. If its wait is
 * cancelled, they are the next call's.
 *
 * @module
 */
export class Unread {
  #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(octets: Uint8Array): void {
    this.#pieces.push(octets);
    this.#length += octets.byteLength;
  }

  /** Copies as many octets as there are, `length` at most, and returns how many. */
  peek(into: Uint8Array, length: number): number {
    let copied = 0;
    for (const piece of this.#pieces) {
      const part = piece.subarray(0, length - copied);
      into.set(part, copied);
      copied += part.byteLength;
    }
    return copied;
  }

  /** The same, and they are gone. */
  take(into: Uint8Array, length: number): number {
    const taken = this.peek(into, length);
    this.#length -= taken;
    let rest = taken;
    while (rest > 0) {
      const first = this.#pieces[0];
      if (rest < first.byteLength) this.#pieces[0] = first.subarray(rest);
      else this.#pieces.shift();
      rest -= Math.min(rest, first.byteLength);
    }
    return taken;
  }
}
