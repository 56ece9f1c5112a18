/**
 * Asks a web server for its page by hand, and prints how many octets the reply has, its head included.
 *
 *     npx ts-node programs/http-get.ts example.org
 *
 * The client of Cris Ewing, *Socket Communications*, "Client Communications". The port is 80, the service http, unless
 * the second argument says another. The text takes a short part for the last one; this receives to the end.
 *
 * @module
 */
import { Bytes, getaddrinfo, SHUT_WR, SOCK_STREAM, socket } from "../helpers/socket";
import { hostAndPort, run } from "./command-line";
import { pageRequest } from "./page-request";

run("http-get", async () => {
  const [host, port] = hostAndPort("http-get", { port: 80 });
  const [info] = (await getaddrinfo(host, port)).filter((info) => info[1] === SOCK_STREAM);
  using sock = socket(...info.slice(0, 3));
  await sock.connect(info[4]);
  await sock.sendall(pageRequest([host, port]));
  sock.shutdown(SHUT_WR);
  const parts: Bytes[] = [];
  while (true) {
    const part = await sock.recv(4096);
    if (part.length === 0) break;
    parts.push(part);
  }
  console.log(Bytes.concat(parts).length);
});
