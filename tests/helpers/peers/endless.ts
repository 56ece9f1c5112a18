/**
 * `endless.ts PORT send|receive|hold`: a process of ours that connects and then, until it is killed, sends;
 * receives; or holds the connection and receives nothing.
 *
 * @module
 */
import { socket } from "../../../helpers/socket";

async function main(port: string, task: string): Promise<void> {
  const sock = socket();
  await sock.connect(["127.0.0.1", Number(port)]);
  if (task === "hold") setInterval(() => sock.fileno(), 1000);
  while (task === "send") await sock.sendall(Buffer.alloc(65536, "s"));
  while (task === "receive" && (await sock.recv(65536)).length > 0);
}

void main(process.argv[2], process.argv[3]);
