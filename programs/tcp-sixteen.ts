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
  Bytes,
  EOFError,
  type InetAddress,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../helpers/socket";
import { exitOnSignal, readArguments, report, run } from "./command-line";

/** Receives exactly `length` octets. */
async function recvall(sock: Socket, length: number): Promise<Bytes> {
  let data = new Bytes();
  while (data.length < length) {
    const more = await sock.recv(length - data.length);
    if (more.length === 0) throw new EOFError(length, data.length);
    data = Bytes.concat([data, more]);
  }
  return data;
}

/** An address as Python prints it: `('127.0.0.1', 1060)`. */
function tuple([host, port]: InetAddress): string {
  return `('${host}', ${port})`;
}

async function server(address: InetAddress): Promise<void> {
  exitOnSignal();
  using sock = socket(AF_INET, SOCK_STREAM);
  sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await sock.bind(address);
  sock.listen(1);
  console.log(`Listening at ${tuple(sock.getsockname())}`);

  while (true) {
    console.log("Waiting to accept a new connection");
    const [connection, clientAddress] = await sock.accept();
    try {
      console.log(`We have accepted a connection from ${tuple(clientAddress)}`);
      console.log(` Socket name: ${tuple(connection.getsockname())}`);
      console.log(` Socket peer: ${tuple(connection.getpeername())}`);
      const message = await recvall(connection, 16);
      console.log(" Incoming sixteen-octet message:", message);
      await connection.sendall("Farewell, client");
      connection.close();
      console.log(" Reply sent, socket closed");
    } catch (error) {
      report(error); // one client's trouble is not the next one's
    } finally {
      connection.close();
    }
  }
}

async function client(address: InetAddress): Promise<void> {
  using sock = socket(AF_INET, SOCK_STREAM);
  await sock.connect(address);
  console.log(`Client has been assigned socket name ${tuple(sock.getsockname())}`);
  await sock.sendall("Hi there, server");
  console.log("The server said", await recvall(sock, 16));
}

const usage = "server|client [HOST] [-p PORT]";
const {
  "server|client": half,
  HOST,
  PORT,
} = readArguments(usage, { HOST: "localhost", PORT: 1060 });
run(() => (half === "server" ? server([HOST, PORT]) : client([HOST, PORT])));
