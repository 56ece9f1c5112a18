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
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket } from "../helpers/socket";
import { exitOnSignal, readArguments, report, run } from "./command-line";

async function main(): Promise<void> {
  const { PORT } = readArguments("[PORT]", { PORT: 10002 });
  exitOnSignal();
  using listener = socket(AF_INET, SOCK_STREAM);
  // Otherwise a server that was stopped in mid-conversation could not start again for a minute.
  listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await listener.bind(["", PORT]);
  console.log(`starting up on ${listener.getsockname().join(" port ")}`);
  listener.listen(1);

  while (true) {
    console.log("waiting for a connection");
    const [connection, clientAddress] = await listener.accept();
    try {
      console.log("connection from", clientAddress);
      while (true) {
        const data = await connection.recv(16);
        console.log("received", data);
        if (data.length === 0) break;
        console.log("sending data back to the client");
        await connection.sendall(data);
      }
      console.log("no data from", clientAddress);
    } catch (error) {
      report(error); // one client's trouble is not the next one's
    } finally {
      connection.close();
    }
  }
}

run(main);
