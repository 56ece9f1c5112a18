/** Conversations in a network of their own, and their ladders as text; prints them, as JSON. */
import { setTimeout as sleep } from "node:timers/promises";
import { ladder } from "../../../helpers/ladder";
import { setRecording } from "../../../helpers/record/record";
import {
  createServer,
  IPPROTO_TCP,
  recvall,
  type Socket,
  socket,
  TCP_QUICKACK,
} from "../../../helpers/socket";
import { type Mark, wire } from "../../../helpers/wire";

async function connected(): Promise<[client: Socket, server: Socket]> {
  const listener = await createServer(["127.0.0.1", 10000]);
  const client = socket();
  await client.connect(listener.getsockname());
  const [server] = await listener.accept();
  return [client, server];
}

/** Waits until a segment of this kind has been seen. */
async function seen(sock: Socket, mark: Mark): Promise<void> {
  while (!(await wire(sock)).some(({ marks }) => marks.includes(mark))) await sleep(20);
}

async function closeBoth(client: Socket, server: Socket): Promise<void> {
  client.close();
  await server.recv(1);
  server.close();
}

const scenes: Record<string, () => Promise<Record<string, unknown>>> = {
  async nagle() {
    const [client, server] = await connected();
    server.setsockopt(IPPROTO_TCP, TCP_QUICKACK as number, 0);
    await client.sendall("head");
    await client.sendall("body!");
    await seen(client, "delayed ACK");
    await recvall(server, 9);
    await closeBoth(client, server);
    const all = await ladder(client);
    const control = await ladder(client, { segments: "control" });
    const none = await ladder(client, { segments: "none" });
    delete process.env.NETWORK_FOLDER;
    return { all, control, none, inferred: await ladder(client) };
  },

  async backlog() {
    const listener = await createServer(["127.0.0.1", 10000], { backlog: 0 });
    const [inside, outside] = [socket(), socket()];
    await inside.connect(listener.getsockname());
    const connecting = outside.connect(listener.getsockname()).catch(() => {});
    await seen(listener, "retransmission");
    const drawn = { outside: await ladder(inside, outside) };
    listener.close();
    await connecting;
    return { ...drawn, refused: await ladder(inside, outside) };
  },

  async much() {
    const [client, server] = await connected();
    for (let turn = 0; turn < 100; turn++) {
      await client.sendall("0123456789abcdef");
      await recvall(server, 16);
    }
    for (let octets = 1; octets < 20; octets++) {
      await client.sendall("x".repeat(octets));
      await recvall(server, octets);
    }
    const much = await ladder(client, { segments: "control" });
    await closeBoth(client, server);
    return { much, all: await ladder(client, { segments: "all" }) };
  },
};

setRecording(true);
void scenes[process.argv[2]]().then((ladders) => {
  const texts = Object.entries(ladders).map(([name, drawn]) => [name, String(drawn)]);
  console.log(JSON.stringify(Object.fromEntries(texts)));
  process.exit();
});
