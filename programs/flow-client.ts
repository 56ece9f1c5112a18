/**
 * The second interpreter of the exercise in Cris Ewing, *Socket Communications*, "Getting the Flow": asks the server
 * whether it hears, and receives the answer.
 *
 *     npx ts-node programs/flow-client.ts
 *
 * The server is at 127.0.0.1, port 50000 unless the argument says another.
 *
 * @module
 */
import { AF_INET, IPPROTO_IP, SHUT_WR, SOCK_STREAM, socket } from "../helpers/socket";
import { readArguments, run } from "./command-line";

async function main(): Promise<void> {
  const { PORT } = readArguments("[PORT]", { PORT: 50000 });
  using clientSocket = socket(AF_INET, SOCK_STREAM, IPPROTO_IP);
  await clientSocket.connect(["127.0.0.1", PORT]);
  await clientSocket.sendall("Hey, can you hear me?");
  clientSocket.shutdown(SHUT_WR);
  const answer = await clientSocket.recv(32);
  if (answer.length === 0) throw new Error("the server closed without an answer");
  console.log("received", answer);
}

run(main);
