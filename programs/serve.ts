/**
 * The echo server that the programs of this folder offer at one address or another.
 *
 * @module
 */
import {
  AF_INET,
  type InetAddress,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../helpers/socket";
import { report, runUntilStopped } from "./command-line";

/** Serves one client after another, as `program`, until Ctrl-C. With port 0 the system chooses one. */
export function serve(program: string, address: InetAddress): void {
  runUntilStopped(program, (signal) => serveUntil(signal, program, address));
}

async function serveUntil(
  signal: AbortSignal,
  program: string,
  [host, port]: InetAddress,
): Promise<void> {
  const listener = socket(AF_INET, SOCK_STREAM);
  try {
    // Otherwise a server that was stopped in mid-conversation could not start again for a minute.
    listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    await listener.bind([host, port]);
    const [numericHost, ownPort] = listener.getsockname();
    console.log(`starting up on ${host || numericHost} port ${ownPort}`);
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
        report(program, error); // one client's trouble is not the next one's
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
