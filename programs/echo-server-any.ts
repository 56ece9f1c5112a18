/**
 * The echo server at every IPv4 address of this machine, at port 10002 unless the argument says another.
 *
 *     npx ts-node programs/echo-server-any.ts
 *
 * Beware: whoever reaches this machine by its network can use the server. Stop it when you have tried it.
 *
 * "Choosing an Address for Listening" of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server".
 *
 * @module
 */
import { hostAndPort } from "./command-line";
import { serve } from "./serve";

serve("echo-server-any", hostAndPort("echo-server-any", { host: "", port: 10002 }));
