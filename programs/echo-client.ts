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
import { hostAndPort, report } from "./command-line";

const MESSAGE = bytes("This is the message.  It will be repeated.");

async function main(host: string, port: number): Promise<void> {
  const sock = socket(AF_INET, SOCK_STREAM);
  console.log(`connecting to ${host} port ${port}`);
  await sock.connect([host, port]);
  try {
    console.log(`sending ${MESSAGE}`);
    await sock.sendall(MESSAGE);
    for (let received = 0; received < MESSAGE.length; ) {
      const data = await sock.recv(16);
      if (data.length === 0) {
        throw new Error(`the server closed after ${received} of ${MESSAGE.length} octets`);
      }
      console.log(`received ${data}`);
      received += data.length;
    }
  } finally {
    console.log("closing socket");
    sock.close();
  }
}

main(...hostAndPort("echo-client")).catch((error) => {
  report("echo-client", error);
  process.exitCode = 1;
});
