/**
 * The servers of this folder that take one client after another, the echo server above all.
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

/** What a server does with one client, until it is done or the signal aborts. The connection is closed afterwards. */
export type Conversation = (
  connection: Socket,
  clientAddress: InetAddress,
  signal: AbortSignal,
) => Promise<void>;

/** Serves one client after another, as `program`, until Ctrl-C. With port 0 the system chooses one. */
export function serve(
  program: string,
  address: InetAddress,
  conversation: Conversation = echo,
): void {
  runUntilStopped(program, (signal) => serveUntil(signal, program, address, conversation));
}

async function serveUntil(
  signal: AbortSignal,
  program: string,
  [host, port]: InetAddress,
  conversation: Conversation,
): Promise<void> {
  const listener = socket(AF_INET, SOCK_STREAM);
  try {
    // Otherwise a server that was stopped in mid-conversation could not start again for a minute.
    listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    await listener.bind([host, port]);
    const [numericHost, ownPort] = listener.getsockname();
    console.log(`starting up on ${host || numericHost} port ${ownPort}`);
    listener.listen(1);
    await serveEach(program, listener, signal, {
      waiting: () => console.log("waiting for a connection"),
      async conversation(connection, clientAddress) {
        console.log("connection from", clientAddress);
        await conversation(connection, clientAddress, signal);
      },
    });
  } finally {
    listener.close();
  }
}

/** Has a conversation with one client after another until the signal aborts. `waiting` is called before each. */
export async function serveEach(
  program: string,
  listener: Socket,
  signal: AbortSignal,
  { waiting, conversation }: { waiting(): void; conversation: Conversation },
): Promise<void> {
  while (true) {
    waiting();
    const [connection, clientAddress] = await listener.accept({ signal });
    try {
      await conversation(connection, clientAddress, signal);
    } catch (error) {
      signal.throwIfAborted();
      report(program, error); // one client's trouble is not the next one's
    } finally {
      connection.close();
    }
  }
}

/** Returns when the client has sent its last octet. */
async function echo(
  connection: Socket,
  clientAddress: InetAddress,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    const data = await connection.recv(16, 0, { signal });
    console.log(`received ${data}`);
    if (data.length === 0) break;
    console.log("sending data back to the client");
    await connection.sendall(data, 0, { signal });
  }
  console.log("no data from", clientAddress);
}
