/**
 * A server that answers while it receives, and a client that sends everything before it receives anything: with enough
 * to send, both wait for each other for ever.
 *
 *     npx ts-node programs/tcp-deadlock.ts server localhost
 *     npx ts-node programs/tcp-deadlock.ts client localhost 100000000
 *
 * What chapter 3 of Brandon Rhodes and John Goerzen, Foundations of Python Network Programming, 3rd ed., goes on to.
 * OCTETS is how many the client sends, 16 if left out. It gives up when nothing has moved for so many seconds as
 * `TIME_LIMIT` says, and both halves then say how far they have come. With `--while-sending` it receives meanwhile,
 * and any number gets through. The port is 1060 unless `-p` says another; with 0 the system chooses one.
 *
 * @module
 */
import {
  AF_INET,
  bytes,
  type InetAddress,
  SHUT_WR,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  type SystemError,
  socket,
} from "../helpers/socket";
import { exitOnSignal, readArguments, report, run } from "./command-line";

/** Seconds without any progress after which the client gives up. */
const TIME_LIMIT = 3;

/** Seconds without any progress after which the server says that it is at rest; it goes on waiting. */
const REST = 1;

const PIECE = bytes("Hi there, server".repeat(1024));

/** Octets that the two directions of a connection have carried so far. */
class Counters {
  received = 0;
  sent = 0;

  toString(): string {
    return `received ${this.received} octets, sent ${this.sent} octets`;
  }
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
    const [connection, clientAddress] = await sock.accept();
    console.log(`Answering ${tuple(clientAddress)}`);
    const counters = new Counters();
    const watch = watchRest(counters);
    try {
      await shout(connection, counters);
    } catch (error) {
      report(error); // one client's trouble is not the next one's
    } finally {
      clearInterval(watch);
      connection.close();
    }
    console.log(`Done: ${counters}`);
  }
}

/** Sends back in capitals what comes, 1024 octets at a time, until the client has finished. */
async function shout(connection: Socket, counters: Counters): Promise<void> {
  while (true) {
    const data = await connection.recv(1024);
    if (data.length === 0) return;
    counters.received += data.length;
    const answer = bytes(data.decode("latin1").toUpperCase());
    await connection.sendall(answer);
    counters.sent += answer.length;
  }
}

/** Prints the counters once whenever they have not moved for the time of REST. */
function watchRest(counters: Counters): NodeJS.Timeout {
  let [last, said] = ["", ""];
  return setInterval(() => {
    const now = `${counters}`;
    if (now === last && now !== said) {
      said = now;
      console.log(`At rest: ${now}`);
    }
    last = now;
  }, REST * 1000);
}

async function client(address: InetAddress, octets: number, whileSending: boolean): Promise<void> {
  using sock = socket(AF_INET, SOCK_STREAM);
  await sock.connect(address);
  sock.settimeout(TIME_LIMIT);
  console.log(`Sending ${octets} octets to ${tuple(sock.getpeername())}`);
  const counters = new Counters();
  try {
    if (whileSending) await Promise.all([say(sock, octets, counters), hear(sock, counters)]);
    else {
      await say(sock, octets, counters);
      await hear(sock, counters);
    }
  } catch (error) {
    if ((error as SystemError).code !== "ETIMEDOUT") throw error;
    throw new Error(`nothing has moved for ${TIME_LIMIT} s: ${counters}`);
  }
  if (counters.received < octets) {
    throw new Error(`the server closed after ${counters.received} of ${octets} octets`);
  }
  console.log(`Done: ${counters}`);
}

/** Sends so many octets, and counts them as the system takes them. */
async function say(sock: Socket, octets: number, counters: Counters): Promise<void> {
  while (counters.sent < octets) {
    const begin = counters.sent % PIECE.length;
    counters.sent += await sock.send(PIECE.subarray(begin, begin + octets - counters.sent));
  }
  sock.shutdown(SHUT_WR);
}

async function hear(sock: Socket, counters: Counters): Promise<void> {
  while (true) {
    const data = await sock.recv(PIECE.length);
    if (data.length === 0) return;
    counters.received += data.length;
  }
}

const usage = "server|client HOST [OCTETS] [-p PORT] [--while-sending]";
const said = readArguments(usage, { OCTETS: 16, PORT: 1060, "--while-sending": false });
const address: InetAddress = [said.HOST, said.PORT];
if (said["server|client"] === "server") run(() => server(address));
else run(() => client(address, said.OCTETS, said["--while-sending"]));
