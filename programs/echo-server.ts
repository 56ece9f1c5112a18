/**
 * Sends back whatever a client sends, 16 octets at a time, one client after another, until Ctrl-C.
 *
 *     npx ts-node programs/echo-server.ts localhost 10000
 *
 * The echo server of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server". With port 0 the system chooses one.
 *
 * @module
 */
import { hostAndPort } from "./command-line";
import { serve } from "./serve";

serve("echo-server", hostAndPort("echo-server"));
