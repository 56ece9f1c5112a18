/**
 * The echo server at the address that a host's name stands for, at port 10001 unless the second argument says another.
 *
 *     npx ts-node programs/echo-server-explicit.ts "$(hostname)"
 *
 * "Choosing an Address for Listening" of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server".
 *
 * @module
 */
import { hostAndPort } from "./command-line";
import { serve } from "./serve";

serve("echo-server-explicit", hostAndPort("echo-server-explicit", { port: 10001 }));
