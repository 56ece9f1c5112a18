/**
 * The same conversation of sixteen octets as in tcp-sixteen.ts, printed as another text prints it.
 *
 *     npx ts-node programs/tcp-sixteen-erle.ts server
 *     npx ts-node programs/tcp-sixteen-erle.ts client
 *
 * "A Simple TCP Client and Server" of Erle Robotics, Python Networking (gitbook). Its listing never calls `listen` or
 * `close`, and prints its usage after every client; this program does as the transcripts there do. Without a host the
 * server is at every address, as there. The port is 1060 unless `-p` says another; with 0 the system chooses one.
 *
 * Beware: without a host the server is offered to every network of this machine. Stop it when you have tried it.
 *
 * @module
 */
import {
  AF_INET,
  Bytes,
  type InetAddress,
  repr,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../helpers/socket";
import { exitOnSignal, readArguments, report, run } from "./command-line";

/** Receives exactly `length` octets, with the error message of the text. */
async function recvAll(sock: Socket, length: number): Promise<Bytes> {
  let data = new Bytes();
  while (data.length < length) {
    const more = await sock.recv(length - data.length);
    if (more.length === 0) {
      throw new Error(`socket closed ${data.length} bytes into a ${length}-byte message`);
    }
    data = Bytes.concat([data, more]);
  }
  return data;
}

/** `'Hi there, server'`: octets are text in Python 2, which is the text's. */
function quoted(data: Bytes): string {
  return repr(data).slice(1);
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

  while (true) {
    console.log(`Listening at ${tuple(sock.getsockname())}`);
    const [connection, clientAddress] = await sock.accept();
    try {
      console.log(`We have accepted a connection from ${tuple(clientAddress)}`);
      const [own, peer] = [connection.getsockname(), connection.getpeername()];
      console.log(`Socket connects ${tuple(own)} and ${tuple(peer)}`);
      const message = await recvAll(connection, 16);
      console.log(`The incoming sixteen-octet message says ${quoted(message)}`);
      await connection.sendall("Farewell, client");
      connection.close();
      console.log("Reply sent, socket closed");
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
  console.log(`The server said ${quoted(await recvAll(sock, 16))}`);
}

const usage = "server|client [HOST] [-p PORT]";
const { "server|client": half, HOST, PORT } = readArguments(usage, { HOST: "", PORT: 1060 });
run(() => (half === "server" ? server([HOST, PORT]) : client([HOST, PORT])));
