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
import { bytes, createConnection, getConstants } from "../helpers/socket";
import { readArguments, run } from "./command-line";

const families = getConstants("AF_");
const types = getConstants("SOCK_");
const protocols = getConstants("IPPROTO_");

async function main(): Promise<void> {
  const { PORT } = readArguments("[PORT]", { PORT: 10000 });
  const sock = await createConnection(["localhost", PORT]);
  console.log("Family  :", families[sock.family]);
  console.log("Type    :", types[sock.type]);
  console.log("Protocol:", protocols[sock.proto]);
  console.log();
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
