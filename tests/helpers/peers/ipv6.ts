/**
 * Whether this system has IPv6.
 *
 * @module
 */
import { networkInterfaces } from "node:os";

const ipv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.family === "IPv6");

/** For a test that needs it. */
export const without = { skip: ipv6 ? false : "this system has no IPv6" };
