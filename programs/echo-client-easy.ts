/**
 * The echo client with createConnection, which finds out by itself which kind of socket it takes to get there.
 *
 *     npx ts-node programs/echo-client-easy.ts
 *
 * "Easy Client Connections" of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server". The server is at localhost, port
 * 10000 unless the argument says another.
 *
 * @module
 */
import { createConnection, getConstants } from "../helpers/socket";
import { hostAndPort, run } from "./command-line";
import { exchange } from "./exchange";

const families = getConstants("AF_");
const types = getConstants("SOCK_");
const protocols = getConstants("IPPROTO_");

run("echo-client-easy", async () => {
  const address = hostAndPort("echo-client-easy", { host: "localhost", port: 10000 });
  const sock = await createConnection(address);
  console.log("Family  :", families[sock.family]);
  console.log("Type    :", types[sock.type]);
  console.log("Protocol:", protocols[sock.proto]);
  console.log();
  try {
    await exchange(sock);
  } finally {
    console.log("closing socket");
    sock.close();
  }
});
