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
import {
  AF_INET,
  IPPROTO_TCP,
  SHUT_WR,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
} from "../helpers/socket";
import { exitOnSignal, readArguments, report, run } from "./command-line";

async function main(): Promise<void> {
  const { PORT } = readArguments("[PORT]", { PORT: 50000 });
  exitOnSignal();
  using serverSocket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  serverSocket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await serverSocket.bind(["127.0.0.1", PORT]);
  console.log(`starting up on ${serverSocket.getsockname().join(" port ")}`);
  serverSocket.listen(1);

  while (true) {
    console.log("waiting for a connection");
    const [connection, clientAddress] = await serverSocket.accept();
    try {
      console.log("connection from", clientAddress);
      console.log("received", await connection.recv(16));
      await connection.sendall("message received");
      connection.shutdown(SHUT_WR);
    } catch (error) {
      report(error); // one client's trouble is not the next one's
    } finally {
      connection.close();
    }
  }
}

run(main);
