/**
 * The echo server at the address that a host's name stands for, at port 10001 unless the second argument says another.
 *
 *     npx ts-node programs/echo-server-explicit.ts "$(hostname)"
 *
 * "Choosing an Address for Listening" of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server".
 *
 * @module
 */
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket } from "../helpers/socket";
import { exitOnSignal, readArguments, report, run } from "./command-line";

async function main(): Promise<void> {
  const { HOST, PORT } = readArguments("HOST [PORT]", { PORT: 10001 });
  exitOnSignal();
  using listener = socket(AF_INET, SOCK_STREAM);
  // Otherwise a server that was stopped in mid-conversation could not start again for a minute.
  listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await listener.bind([HOST, PORT]);
  const [numericHost, ownPort] = listener.getsockname();
  console.log(`starting up on ${HOST || numericHost} port ${ownPort}`);
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
