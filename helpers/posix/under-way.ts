/**
 * A `bind` or `connect` that has not come back because its address is a name, and what must not be asked of the socket
 * meanwhile.
 *
 * @module
 */

"use deferred interrupts";

import { type Address, printed } from "./address";
import { sockaddrOf } from "./address-lookup";
import type { Limit } from "./cancellation";
import { closedError } from "./system-error";

interface Call {
  readonly syscall: string;
  readonly address: Address;
  readonly abandon: () => void;
}

/** The sockaddr of a call's address, at once unless that is a name. To be disposed of when the call comes back. */
interface Begun extends Disposable {
  readonly sockaddr: Uint8Array | Promise<Uint8Array>;
}

/**
 * The `bind` or `connect` of one socket that is under way, if one is.
 *
 * A numeric address they use before they return their promise, so that the next call finds it used, awaited or not. To
 * look up a name takes time, and a socket without an address gets one from the system when it is told to listen or to
 * send: any network, any port. So the calls that rest on the address are refused until then.
 */
export class UnderWay {
  #call: Call | undefined;

  /**
   * Begins such a call; until it has come back it is under way if its address is a name.
   *
   * @throws what `sockaddrOf` does, or an Error with code ERR_NOT_AWAITED where a call is under way already; the promise
   * rejects as that of `sockaddrOf` does, or with EBADF where the socket is closed meanwhile
   */
  begin(syscall: string, family: number, address: Address, limit: Limit): Begun {
    if (this.#call) throw notAwaited(syscall, this.#call);
    const sockaddr = sockaddrOf(family, address, limit);
    if (sockaddr instanceof Uint8Array) return { sockaddr, [Symbol.dispose]() {} };
    const closed = new Promise<never>((_, reject) => {
      const abandon = () => reject(closedError(syscall, "it was closed while the call waited"));
      this.#call = { syscall, address, abandon };
    });
    return {
      sockaddr: Promise.race([sockaddr, closed]),
      [Symbol.dispose]: () => {
        this.#call = undefined;
      },
    };
  }

  /** @throws Error with code ERR_NOT_AWAITED where another call than `syscall` is under way */
  refuse(syscall: string): void {
    if (this.#call && this.#call.syscall !== syscall) throw notAwaited(syscall, this.#call);
  }

  /** Ends the wait for a name. To be called when the socket is closed. */
  close(): void {
    this.#call?.abandon();
    this.#call = undefined;
  }
}

/** Its properties are those of a SystemError, but for a number, which the system has not given. */
function notAwaited(syscall: string, { syscall: earlier, address }: Call): Error {
  const code = "ERR_NOT_AWAITED";
  const text = `${earlier} has not come back: await it, then call ${syscall}`;
  const error = new Error(`${syscall} ${code} ${printed(address)}: ${text}`);
  return Object.assign(error, { code, syscall, address: address[0], port: address[1] });
}
