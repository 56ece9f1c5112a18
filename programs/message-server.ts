/**
 * Receives 16 octets from each client and replies "message received", one client after another, until Ctrl-C.
 *
 *     npx ts-node programs/message-server.ts
 *
 * The server of Cris Ewing, *Socket Communications*, "Server Side". It is at 127.0.0.1, port 50000 unless the argument
 * says another. Beware: what a client says beyond 16 octets is never read, and closing then resets the connection.
 *
 * @module
 */

import { SHUT_WR } from "../helpers/socket";
import { hostAndPort } from "./command-line";
import { serve } from "./serve";

const address = hostAndPort("message-server", { host: "127.0.0.1", port: 50000 });

serve("message-server", address, async (connection, _clientAddress, signal) => {
  console.log(`received ${await connection.recv(16, 0, { signal })}`);
  await connection.sendall("message received");
  connection.shutdown(SHUT_WR);
});
