/**
 * Look-ups of names that are answered when the test says so.
 *
 * @module
 */
import type { TestContext } from "node:test";
import { encodeHost } from "../../../helpers/posix/address";
import * as system from "../../../helpers/posix/system";
import { AF_INET, EAI_NONAME, IPPROTO_TCP, SOCK_STREAM } from "../../../helpers/socket";

export type Lookup = Parameters<typeof system.getaddrinfo>;

/** Look-ups that reach the system, in their order; each is answered when the test says so. */
export function heldLookups(t: TestContext) {
  const held: { host: string | null; answer: (found?: system.Found) => void }[] = [];
  t.mock.method(system, "getaddrinfo", (...[host, , , callback]: Lookup) => {
    const unknown = { error: EAI_NONAME, failure: 0 };
    held.push({ host, answer: (found = unknown) => callback(found) });
  });
  return held;
}

/** The answer that says 127.0.0.1. */
export const LOOPBACK = [
  {
    family: AF_INET,
    type: SOCK_STREAM,
    protocol: IPPROTO_TCP,
    canonname: "",
    name: encodeHost(AF_INET, {
      host: "127.0.0.1",
      port: 0,
      flowinfo: 0,
      scopeid: 0,
    }) as Uint8Array,
  },
];
