/**
 * Sends one message to an echo server and reads it back, 16 octets at a time.
 *
 *     npx ts-node programs/echo-client.ts localhost 10000
 *
 * The echo client of Doug Hellmann, PyMOTW-3, "TCP/IP Client and Server".
 *
 * @module
 */
import { AF_INET, bytes, SOCK_STREAM, socket } from "../helpers/socket";
import { readArguments, run } from "./command-line";

async function main(): Promise<void> {
  const { HOST, PORT } = readArguments("HOST PORT");
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
    console.log("closing socket");
    sock.close();
  }
}

run(main);
