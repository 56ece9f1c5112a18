/**
 * The echo server as a Node.js developer writes it: with streams of node:net, and for any number of clients at once.
 *
 *     npx ts-node programs/node-echo-server.ts localhost 10000
 *
 * On Ctrl-C it takes no new clients, and ends when those that it has are done, or after two seconds. With port 0 the
 * system chooses one.
 *
 * @module
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { bytes } from "../helpers/socket";
import { readArguments, report, run } from "./command-line";

/** Milliseconds that clients have to finish when the server is told to stop. */
const GRACE = 2000;

const connections = new Set<Socket>();

async function main(): Promise<void> {
  const { HOST, PORT } = readArguments("HOST PORT");
  const server = createServer({ allowHalfOpen: true }, echo);
  server.listen(PORT, HOST);
  await once(server, "listening");
  console.log(`starting up on ${HOST} port ${(server.address() as AddressInfo).port}`);
  console.log("waiting for a connection");
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await shutDown(server);
}

async function echo(connection: Socket): Promise<void> {
  // A client that has already broken off has no address any more, and nobody to answer.
  if (connection.remoteAddress === undefined) {
    connection.destroy();
    return;
  }
  connections.add(connection);
  connection.once("close", () => connections.delete(connection));
  const clientAddress = [connection.remoteAddress, connection.remotePort];
  console.log("connection from", clientAddress);
  try {
    // Without the option, the end of the loop would destroy the connection, and what it still has to send.
    for await (const data of connection.iterator({ destroyOnReturn: false })) {
      console.log("received", bytes(data));
      if (!connection.write(data)) await once(connection, "drain");
    }
    console.log("no data from", clientAddress);
    connection.end();
  } catch (error) {
    // Without an error of its own, it was this server that has cut it off.
    if (connection.errored) report(error);
  }
}

/** Waits for the connections that there are, and ends those that take too long. */
async function shutDown(server: Server): Promise<void> {
  const cut = setTimeout(() => {
    for (const connection of connections) connection.destroy();
  }, GRACE);
  server.close();
  await once(server, "close");
  clearTimeout(cut);
}

run(main);
