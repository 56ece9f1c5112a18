/**
 * Sends one message to an echo server and reads it back, 16 octets at a time.
 *
 *     npx ts-node programs/echo-client.ts localhost 10000
 *
 * The echo client of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server".
 *
 * @module
 */
import { AF_INET, SOCK_STREAM, socket } from "../helpers/socket";
import { hostAndPort, run } from "./command-line";
import { exchange } from "./exchange";

run("echo-client", async () => {
  const [host, port] = hostAndPort("echo-client");
  const sock = socket(AF_INET, SOCK_STREAM);
  console.log(`connecting to ${host} port ${port}`);
  await sock.connect([host, port]);
  try {
    await exchange(sock);
  } finally {
    console.log("closing socket");
    sock.close();
  }
});
