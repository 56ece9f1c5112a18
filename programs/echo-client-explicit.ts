/**
 * The echo client of a server at a host of your choice, at port 10001 unless the second argument says another.
 *
 *     npx ts-node programs/echo-client-explicit.ts "$(hostname)"
 *
 * "Choosing an Address for Listening" of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server".
 *
 * @module
 */
import { AF_INET, bytes, SOCK_STREAM, socket } from "../helpers/socket";
import { readArguments, run } from "./command-line";

async function main(): Promise<void> {
  const { HOST, PORT } = readArguments("HOST [PORT]", { PORT: 10001 });
  const sock = socket(AF_INET, SOCK_STREAM);
  console.log(`connecting to ${HOST} port ${PORT}`);
  await sock.connect([HOST, PORT]);
  try {
    const message = bytes("This is the message.  It will be repeated.");
    console.log("sending", message);
    await sock.sendall(message);

    let received = 0;
    while (received < message.length) {
      const data = await sock.recv(16);
      if (data.length === 0) {
        throw new Error(`the server closed after ${received} of ${message.length} octets`);
      }
      console.log("received", data);
      received += data.length;
    }
  } finally {
    sock.close();
  }
}

run(main);
