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
import { hostAndPort, run } from "./command-line";

const MESSAGE = bytes("This is the message.  It will be repeated.");

run("node-echo-client", async () => {
  const [host, port] = hostAndPort("node-echo-client");
  console.log(`connecting to ${host} port ${port}`);
  const stream = connect(port, host);
  await once(stream, "connect");
  try {
    console.log(`sending ${MESSAGE}`);
    stream.write(MESSAGE);
    let left = MESSAGE.length;
    for await (const _ of on(stream, "readable", { close: ["end"] })) {
      while (left > 0) {
        const data: Buffer | null = stream.read(Math.min(16, left));
        if (data === null) break;
        console.log(`received ${bytes(data)}`);
        left -= data.length;
      }
      if (left === 0) return;
    }
    throw new Error(`the server closed ${left} octets too early`);
  } finally {
    console.log("closing socket");
    stream.destroy();
  }
});
