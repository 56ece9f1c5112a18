/**
 * Sends back whatever a client sends, 16 octets at a time, one client after another, until Ctrl-C.
 *
 *     npx ts-node programs/echo-server.ts localhost 10000
 *
 * The echo server of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server". With port 0 the system chooses one.
 *
 * @module
 */
import {
  AF_INET,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../helpers/socket";
import { hostAndPort, report } from "./command-line";

/** Serves until `signal` aborts. */
async function main(host: string, port: number, signal: AbortSignal): Promise<void> {
  const listener = socket(AF_INET, SOCK_STREAM);
  try {
    // Otherwise a server that was stopped in mid-conversation could not start again for a minute.
    listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    await listener.bind([host, port]);
    console.log(`starting up on ${host} port ${listener.getsockname()[1]}`);
    listener.listen(1);
    while (true) {
      console.log("waiting for a connection");
      const [connection, clientAddress] = await listener.accept({ signal });
      console.log("connection from", clientAddress);
      try {
        await echo(connection, signal);
        console.log("no data from", clientAddress);
      } catch (error) {
        signal.throwIfAborted();
        report("echo-server", error); // one client's trouble is not the next one's
      } finally {
        connection.close();
      }
    }
  } finally {
    listener.close();
  }
}

/** Returns when the client has sent its last octet. */
async function echo(connection: Socket, signal: AbortSignal): Promise<void> {
  while (true) {
    const data = await connection.recv(16, 0, { signal });
    console.log(`received ${data}`);
    if (data.length === 0) return;
    console.log("sending data back to the client");
    await connection.sendall(data, 0, { signal });
  }
}

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

main(...hostAndPort("echo-server"), stop.signal).catch((error) => {
  if (stop.signal.aborted) return;
  report("echo-server", error);
  process.exitCode = 1;
});
