/**
 * What the programs ask a web server.
 *
 * @module
 */
import { printed } from "../helpers/posix/address";
import type { InetAddress } from "../helpers/socket";

/**
 * The text's request for the page at an address, whose host may be a name. A port that is not the web's own, 80, must
 * be in it (RFC 9110, section 7.2).
 */
export function pageRequest(address: InetAddress): string {
  return `GET / HTTP/1.1\r\nHost: ${printed(address).replace(/:80$/, "")}\r\n\r\n`;
}
