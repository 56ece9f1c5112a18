/**
 * The echo server for many clients at once, in one of the ways to write it, until Ctrl-C.
 *
 *     npx ts-node programs/echo-server-many.ts promises localhost 10000
 *
 * With `turns` it serves one client after the other, as the text's does; with `promises` it calls a function for each
 * and does not await it; with `poll` it asks the system which sockets are ready, and does for each what need not wait;
 * with `processes` there are two, each with a socket of its own that listens at the same port; with `node` it is what a
 * Node.js developer writes. With port 0 the system chooses one.
 *
 * @module
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer as createNodeServer } from "node:net";
import { POLLIN, poll } from "../helpers/poll";
import {
  createServer,
  type InetAddress,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../helpers/socket";
import { exitOnSignal, readArguments, report, run } from "./command-line";

/** How many processes share the port. */
const PROCESSES = 2;

/** Sends back what comes, until the client has finished. */
async function serve(client: Socket): Promise<void> {
  try {
    while (true) {
      const data = await client.recv(1024);
      if (data.length === 0) break;
      await client.sendall(data);
    }
  } catch (error) {
    report(error); // one client's trouble is not the next one's
  } finally {
    client.close();
  }
}

async function inTurns(listener: Socket): Promise<void> {
  while (true) await serve((await listener.accept())[0]);
}

async function byPromises(listener: Socket): Promise<void> {
  while (true) void serve((await listener.accept())[0]);
}

async function byPoll(listener: Socket): Promise<void> {
  const open = new Map([[listener, POLLIN]]);
  while (true) {
    for (const [sock] of await poll(open)) {
      if (sock === listener) open.set((await listener.accept())[0], POLLIN);
      else if (!(await answer(sock))) open.delete(sock);
    }
  }
}

/** Sends back what is there. At the end it closes the socket, and returns false. */
async function answer(client: Socket): Promise<boolean> {
  try {
    const data = await client.recv(1024);
    if (data.length > 0) {
      await client.sendall(data);
      return true;
    }
  } catch (error) {
    report(error);
  }
  client.close();
  return false;
}

/** Starts this program so often, as a server of promises, and holds the port for them without listening. */
async function byProcesses(address: InetAddress): Promise<InetAddress> {
  const holder = socket();
  holder.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  holder.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
  await holder.bind(address);
  const [host, port] = holder.getsockname();
  const servers = Array.from({ length: PROCESSES }, () =>
    fork(__filename, ["promises", host, `${port}`]),
  );
  await Promise.all(servers.map((server) => once(server, "message")));
  return [host, port];
}

async function byNode([host, port]: InetAddress): Promise<InetAddress> {
  const server = createNodeServer((client) => {
    client.on("error", report);
    client.pipe(client);
  });
  await once(server.listen(port, host), "listening");
  const own = server.address() as AddressInfo;
  return [own.address, own.port];
}

const LOOPS = { turns: inTurns, promises: byPromises, poll: byPoll };

async function main(): Promise<void> {
  const { WAY, HOST, PORT } = readArguments("WAY HOST PORT");
  exitOnSignal();
  const address: InetAddress = [HOST, PORT];
  if (WAY === "processes") return announce(await byProcesses(address));
  if (WAY === "node") return announce(await byNode(address));
  // Where it is one of several processes, it has a channel to the one that has started it, and ends with that.
  const isOneOfSeveral = process.send !== undefined;
  const listener = await createServer(address, { reusePort: isOneOfSeveral });
  if (isOneOfSeveral) {
    process.once("disconnect", () => process.exit(0));
    process.send?.("listening");
  } else announce(listener.getsockname());
  await LOOPS[WAY](listener);
}

function announce([host, port]: InetAddress): void {
  console.log(`starting up on ${host} port ${port}`);
  console.log("waiting for a connection");
}

run(main);
