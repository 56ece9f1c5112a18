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
import { readArguments, run } from "./command-line";

async function main(): Promise<void> {
  const { HOST, PORT } = readArguments("HOST [PORT]", { PORT: 80 });
  const streams = (await getaddrinfo(HOST, PORT)).filter((info) => info[1] === SOCK_STREAM);
  const [family, type, proto, , address] = streams[0];
  using sock = socket(family, type, proto);
  await sock.connect(address);

  // A numeric IPv6 host is in brackets; a port that is not the web's own must be named (RFC 9110, section 7.2).
  const host = HOST.includes(":") ? `[${HOST}]` : HOST;
  let message = "GET / HTTP/1.1\r\n";
  message += `Host: ${PORT === 80 ? host : `${host}:${PORT}`}\r\n\r\n`;
  await sock.sendall(message);
  sock.shutdown(SHUT_WR);

  const parts: Bytes[] = [];
  while (true) {
    const part = await sock.recv(4096);
    if (part.length === 0) break;
    parts.push(part);
  }
  console.log(Bytes.concat(parts).length);
}

run(main);
