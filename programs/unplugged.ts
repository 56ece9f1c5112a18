/**
 * What the connections to a machine see of it when its cable is pulled out.
 *
 *     npx ts-node programs/unplugged.ts
 *
 * Both machines are namespaces: the network of the one that you sit at is not touched. Linux only, with unshare(1) and
 * ip(8), and where the system allows it. It takes about 6 seconds.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { netstat } from "../helpers/netstat";
import { outcome } from "../helpers/outcome";
import { connectWithin } from "../helpers/patience";
import {
  IPPROTO_TCP,
  recvall,
  repr,
  SO_KEEPALIVE,
  SOL_SOCKET,
  type Socket,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_USER_TIMEOUT,
} from "../helpers/socket";
import { farMachine, runInNetworkOfItsOwn } from "./two-machines";

const PORT = 10000;

/** An echo server for any number of clients at once. */
const SERVER = `require("node:net").createServer((client) => client.pipe(client)).listen(${PORT})`;

/** What a socket may be told to do about a peer that does not answer. */
const PRECAUTIONS: Record<string, (sock: Socket) => void> = {
  "no precaution": () => {},
  SO_KEEPALIVE: (sock) => {
    sock.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
    sock.setsockopt(IPPROTO_TCP, onLinux(TCP_KEEPIDLE), 1); // after a second without a sign of life
    sock.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 1); // it asks the peer's system once
    sock.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 1); // and gives it a second for the answer
  },
  TCP_USER_TIMEOUT: (sock) => {
    sock.setsockopt(IPPROTO_TCP, onLinux(TCP_USER_TIMEOUT), 1000); // milliseconds
  },
};

function onLinux(option: number | undefined): number {
  if (option === undefined) throw new Error("this system lacks an option that only Linux has");
  return option;
}

/** A connection to the echo server, which worked as long as there was a cable. */
class Client {
  /** What has become of the call that waits for the server. */
  found = "waits";

  constructor(
    readonly name: string,
    readonly sock: Socket,
  ) {}

  async greet(): Promise<void> {
    await this.sock.sendall("hello");
    await recvall(this.sock, 5);
  }

  /** Asks, if there is a question, and waits for what may never come. */
  async wait(question: string): Promise<void> {
    const since = performance.now();
    await this.sock.sendall(question);
    const answer = this.sock.recv(16);
    const result = await outcome(answer);
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    this.found = `${result === "done" ? repr(await answer) : result} after ${seconds} s`;
  }

  toString(): string {
    const [row] = netstat(this.sock.getsockname()[1]);
    const system = row ? `${row.state}, Send-Q ${row.sendQueue}` : "no such connection";
    return `  ${this.name.padEnd(23)} ${this.found.padEnd(30)}  ${system}`;
  }
}

/** A connection with each of the precautions. */
async function clientsThat(does: "waits" | "asks", host: string): Promise<Client[]> {
  const clients: Client[] = [];
  for (const [name, take] of Object.entries(PRECAUTIONS)) {
    const sock = await connectWithin(10, [host, PORT]);
    take(sock);
    clients.push(new Client(`${does}, ${name}`, sock));
  }
  return clients;
}

async function main(): Promise<void> {
  const far = await farMachine();
  await far.run(`'${process.execPath}' -e '${SERVER}' >/dev/null 2>&1 &`);
  const idle = await clientsThat("waits", far.address);
  const asking = await clientsThat("asks", far.address);
  const clients = [...idle, ...asking];
  for (const client of clients) await client.greet();
  console.log(`${far.here} has ${clients.length} connections to ${far.address}, all of which work`);

  await far.unplug();
  console.log("the cable is pulled out");
  for (const client of idle) void client.wait("");
  const answers = asking.map((client) => client.wait("anybody there?"));
  await sleep(2600);
  console.log(clients.join("\n"));

  await far.plugIn();
  console.log("the cable is in again");
  await Promise.all(answers);
  console.log(asking.join("\n"));
}

runInNetworkOfItsOwn(main);
