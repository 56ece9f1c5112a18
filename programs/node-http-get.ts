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
import { hostAndPort, run } from "./command-line";
import { pageRequest } from "./page-request";

run("node-http-get", async () => {
  const [host, port] = hostAndPort("node-http-get", { port: 80 });
  const stream = connect(port, host);
  stream.end(pageRequest([host, port]));
  let length = 0;
  for await (const chunk of stream) length += chunk.length;
  console.log(length);
});
