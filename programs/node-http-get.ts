/**
 * What http-get.ts does, as a Node.js developer writes it: with a stream of node:net.
 *
 *     npx ts-node programs/node-http-get.ts example.org
 *
 * The port is 80 unless the second argument says another.
 *
 * @module
 */
import { connect } from "node:net";
import { readArguments, run } from "./command-line";

async function main(): Promise<void> {
  const { HOST, PORT } = readArguments("HOST [PORT]", { PORT: 80 });
  const host = HOST.includes(":") ? `[${HOST}]` : HOST;
  const stream = connect(PORT, HOST);
  stream.end(`GET / HTTP/1.1\r\nHost: ${PORT === 80 ? host : `${host}:${PORT}`}\r\n\r\n`);
  let length = 0;
  for await (const chunk of stream) length += chunk.length;
  console.log(length);
}

run(main);
