/**
 * A server and a client that send each other sixteen octets.
 *
 *     npx ts-node programs/tcp-sixteen.ts server ""
 *     npx ts-node programs/tcp-sixteen.ts client 127.0.0.1
 *
 * Listing 3-1 of Brandon Rhodes and John Goerzen, Foundations of Python Network Programming, 3rd ed., p. 42; it prints
 * what p. 46 does. The port is 1060 unless `-p` says another; with 0 the system chooses one. Without a host, both
 * halves use localhost.
 *
 * Beware: the server at "" is offered to every network of this machine. Stop it by Ctrl-C when you have tried it.
 *
 * @module
 */
import {
  AF_INET,
  type InetAddress,
  recvall,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../helpers/socket";
import { roleAndAddress, run, runUntilStopped } from "./command-line";
import { serveEach } from "./serve";
import { tuple } from "./tuple";

const PROGRAM = "tcp-sixteen";

async function server(address: InetAddress, signal: AbortSignal): Promise<void> {
  using sock = socket(AF_INET, SOCK_STREAM);
  sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await sock.bind(address);
  sock.listen(1);
  console.log(`Listening at ${tuple(sock.getsockname())}`);
  await serveEach(PROGRAM, sock, signal, {
    waiting: () => console.log("Waiting to accept a new connection"),
    conversation: reply,
  });
}

async function reply(
  connection: Socket,
  clientAddress: InetAddress,
  signal: AbortSignal,
): Promise<void> {
  console.log(`We have accepted a connection from ${tuple(clientAddress)}`);
  console.log(` Socket name: ${tuple(connection.getsockname())}`);
  console.log(` Socket peer: ${tuple(connection.getpeername())}`);
  const message = await recvall(connection, 16, { signal });
  console.log(` Incoming sixteen-octet message: ${message}`);
  await connection.sendall("Farewell, client", 0, { signal });
  connection.close();
  console.log(" Reply sent, socket closed");
}

async function client(address: InetAddress): Promise<void> {
  using sock = socket(AF_INET, SOCK_STREAM);
  await sock.connect(address);
  console.log(`Client has been assigned socket name ${tuple(sock.getsockname())}`);
  await sock.sendall("Hi there, server");
  console.log(`The server said ${await recvall(sock, 16)}`);
}

const { role, address } = roleAndAddress(PROGRAM, { host: "localhost", port: 1060 });
if (role === "server") runUntilStopped(PROGRAM, (signal) => server(address, signal));
else run(PROGRAM, () => client(address));
