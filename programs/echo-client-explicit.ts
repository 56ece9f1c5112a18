/**
 * The echo client of a server at a host of your choice, at port 10001 unless the second argument says another.
 *
 *     npx ts-node programs/echo-client-explicit.ts "$(hostname)"
 *
 * "Choosing an Address for Listening" of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server".
 *
 * @module
 */
import { AF_INET, SOCK_STREAM, socket } from "../helpers/socket";
import { hostAndPort, run } from "./command-line";
import { exchange } from "./exchange";

run("echo-client-explicit", async () => {
  const [host, port] = hostAndPort("echo-client-explicit", { port: 10001 });
  const sock = socket(AF_INET, SOCK_STREAM);
  console.log(`connecting to ${host} port ${port}`);
  await sock.connect([host, port]);
  try {
    await exchange(sock);
  } finally {
    sock.close();
  }
});
