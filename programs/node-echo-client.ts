/**
 * The echo client as a Node.js developer writes it: with a stream of node:net, and the lines of echo-client.ts.
 *
 *     npx ts-node programs/node-echo-client.ts localhost 10000
 *
 * @module
 */
import { on, once } from "node:events";
import { connect } from "node:net";
import { bytes } from "../helpers/socket";
import { readArguments, run } from "./command-line";

async function main(): Promise<void> {
  const { HOST, PORT } = readArguments("HOST PORT");
  console.log(`connecting to ${HOST} port ${PORT}`);
  const stream = connect(PORT, HOST);
  await once(stream, "connect");
  try {
    const message = bytes("This is the message.  It will be repeated.");
    console.log("sending", message);
    stream.write(message);
    let left = message.length;
    for await (const _ of on(stream, "readable", { close: ["end"] })) {
      while (left > 0) {
        const data: Buffer | null = stream.read(Math.min(16, left));
        if (data === null) break;
        console.log("received", bytes(data));
        left -= data.length;
      }
      if (left === 0) return;
    }
    throw new Error(`the server closed ${left} octets too early`);
  } finally {
    console.log("closing socket");
    stream.destroy();
  }
}

run(main);
