/**
 * The first interpreter of the exercise in Cris Ewing, *Socket Communications*, "Getting the Flow": hears one client,
 * answers it, and ends.
 *
 *     npx ts-node programs/flow-server.ts
 *
 * It is at 127.0.0.1, port 50000 unless the argument says another. With port 0 the system chooses one.
 *
 * @module
 */
import {
  AF_INET,
  IPPROTO_IP,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
} from "../helpers/socket";
import { readArguments, run } from "./command-line";

async function main(): Promise<void> {
  const { PORT } = readArguments("[PORT]", { PORT: 50000 });
  using serverSocket = socket(AF_INET, SOCK_STREAM, IPPROTO_IP);
  serverSocket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await serverSocket.bind(["127.0.0.1", PORT]);
  serverSocket.listen(1);
  console.log(`starting up on ${serverSocket.getsockname().join(" port ")}`);
  console.log("waiting for a connection");
  const [conn, clientAddress] = await serverSocket.accept();
  try {
    console.log("connection from", clientAddress);
    console.log("received", await conn.recv(32));
    await conn.sendall("Yes, I hear you.");
  } finally {
    conn.close();
  }
}

run(main);
