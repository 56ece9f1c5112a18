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
import { hostAndPort, run } from "./command-line";

run("flow-server", async () => {
  const address = hostAndPort("flow-server", { host: "127.0.0.1", port: 50000 });
  using listener = socket(AF_INET, SOCK_STREAM, IPPROTO_IP);
  listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await listener.bind(address);
  listener.listen(1);
  console.log(`starting up on ${listener.getsockname().join(" port ")}`);
  console.log("waiting for a connection");
  const [conn, clientAddress] = await listener.accept();
  using _closing = conn;
  console.log("connection from", clientAddress);
  console.log(`received ${await conn.recv(32)}`);
  await conn.sendall("Yes, I hear you.");
});
