/** What happens on a network that a capture is to name; prints what it has seen, as JSON. */
import { setTimeout as sleep } from "node:timers/promises";
import { network } from "../../../helpers/network";
import { outcome } from "../../../helpers/outcome";
import { DISPLAY } from "../../../helpers/show/display";
import {
  AF_INET,
  AF_INET6,
  createConnection,
  createServer,
  IP_MTU,
  IP_MTU_DISCOVER,
  IP_PMTUDISC_DO,
  IPPROTO_IP,
  IPPROTO_TCP,
  recvall,
  SO_KEEPALIVE,
  SO_LINGER,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
  socket,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_MAXSEG,
  TCP_QUICKACK,
} from "../../../helpers/socket";
import { tcpStates } from "../../../helpers/states";
import { type Capture, type Mark, type Segments, startCapture, wire } from "../../../helpers/wire";

async function connected(host = "127.0.0.1"): Promise<[Socket<number>, Socket<number>]> {
  const family = host.includes(":") ? AF_INET6 : AF_INET;
  const listener = socket(family as typeof AF_INET);
  await listener.bind([host, 0]);
  listener.listen();
  const client = socket(family as typeof AF_INET);
  await client.connect(listener.getsockname());
  const [server] = await listener.accept();
  listener.close();
  return [client, server];
}

/** Waits until a segment of this kind has been seen. */
async function seen(capture: Capture, mark: Mark): Promise<Segments> {
  for (;;) {
    const segments = await capture.segments();
    if (segments.some(({ marks }) => marks.includes(mark))) return segments;
    await sleep(20);
  }
}

const scenes: Record<string, () => Promise<unknown>> = {
  async conversation() {
    using capture = await startCapture();
    const [client, server] = await connected();
    await client.sendall("Hi there, server");
    await recvall(server, 16);
    server.close();
    await client.recv(1);
    client.close();
    return { segments: await capture.segments(), text: String(await capture.segments()) };
  },

  async ipv6() {
    using capture = await startCapture();
    const [client, server] = await connected("::1");
    await client.sendall("six");
    await recvall(server, 3);
    return await capture.segments();
  },

  async datagram() {
    using capture = await startCapture();
    const sock = socket(AF_INET, SOCK_DGRAM);
    await sock.sendto("to nobody", ["127.0.0.1", 9]);
    return await capture.segments();
  },

  async datagram6() {
    using capture = await startCapture();
    const sock = socket(AF_INET6, SOCK_DGRAM);
    await sock.sendto("to nobody", ["::1", 9]);
    return await capture.segments();
  },

  async fragments() {
    await using far = await network("far");
    using receiver = await far.socket(AF_INET, SOCK_DGRAM);
    await receiver.bind(["", 4001]);
    using sock = socket(AF_INET, SOCK_DGRAM);
    await sock.connect([far.address, 4001]);
    await sock.send(new Uint8Array(4000).fill(97));
    const received = (await receiver.recv(2 ** 16)).length;
    sock.setsockopt(IPPROTO_IP, IP_MTU_DISCOVER as number, IP_PMTUDISC_DO as number);
    const uncut = [1472, 1473].map((octets) => outcome(sock.send(new Uint8Array(octets))));
    const segments = await wire(sock);
    return {
      received,
      segments,
      text: String(segments),
      uncut: await Promise.all(uncut),
      mtu: sock.getsockopt(IPPROTO_IP, IP_MTU as number),
    };
  },

  async ofOne() {
    const [one, other] = [await connected(), await connected()];
    using capture = await startCapture(one[0]);
    for (const [client, server] of [one, other]) {
      await client.sendall("x");
      await server.recv(1);
    }
    one[0].setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
    one[0].close();
    return await capture.segments();
  },

  async delayed() {
    using capture = await startCapture();
    const [client, server] = await connected();
    // The first octets of a connection are acknowledged at once.
    for (;;) {
      server.setsockopt(IPPROTO_TCP, TCP_QUICKACK as number, 0);
      await client.sendall("x");
      await server.recv(1);
      await sleep(60);
      const segments = await capture.segments();
      if (segments.some(({ marks }) => marks.includes("delayed ACK"))) return segments;
    }
  },

  async keepalive() {
    using capture = await startCapture();
    const [client] = await connected();
    client.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE as number, 1);
    client.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL as number, 1);
    client.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
    return await seen(capture, "keepalive answer");
  },

  async zeroWindow() {
    using capture = await startCapture();
    const [client, server] = await connected();
    // Parts so small that none of them is larger than what is left of the window.
    client.setsockopt(IPPROTO_TCP, TCP_MAXSEG as number, 536);
    const sending = client.sendall(new Uint8Array(2 ** 22)).catch(() => {});
    await seen(capture, "zero window probe");
    while ((await server.recv(2 ** 16, 0, { timeout: 0.2 }).catch(() => "")).length > 0);
    const segments = await seen(capture, "window update");
    client.close();
    await sending;
    return segments.filter(({ marks }) => marks.length > 0);
  },

  async backlog() {
    const listener = await createServer(["127.0.0.1", 0], { backlog: 0 });
    const address = listener.getsockname();
    using capture = await startCapture();
    await createConnection(address);
    const refused = createConnection(address, { timeout: 5 }).catch(() => {});
    const segments = await seen(capture, "retransmission");
    listener.close();
    await refused;
    return segments;
  },

  async stopped() {
    const [client, server] = await connected();
    const capture = await startCapture();
    await client.sendall("before");
    await server.recv(6);
    await sleep(5);
    capture.stop();
    await sleep(5);
    await client.sendall("after");
    await server.recv(5);
    return await capture.segments();
  },

  async ofAll() {
    const [one] = await connected();
    await connected();
    return { all: await wire(), one: await wire(one) };
  },

  async bounded() {
    using capture = await startCapture();
    const [client, server] = await connected();
    client.setsockopt(IPPROTO_TCP, 1, 1);
    for (let turn = 0; turn < 6000; turn++) {
      await client.sendall("ping");
      await recvall(server, 4);
    }
    const segments = await capture.segments();
    return { length: segments.length, last: segments.at(-1), missing: segments.missing };
  },

  async states() {
    const listener = await createServer(["127.0.0.1", 0]);
    const client = socket();
    const states = tcpStates(listener, client);
    states.look();
    await client.connect(listener.getsockname());
    const [server] = await listener.accept();
    states.look();
    client.close();
    await server.recv(1);
    while (states.look().client !== "FIN_WAIT2") await sleep(5);
    server.close();
    while (states.look().client !== "TIME_WAIT") await sleep(5);
    await states.withSegments();
    return { text: String(states), svg: states[DISPLAY]()["image/svg+xml"] };
  },

  async saved() {
    const [file] = process.argv.slice(3);
    using capture = await startCapture();
    const [client, server] = await connected();
    await client.sendall("Hi there, server".repeat(100));
    await recvall(server, 1600);
    await server.sendall("six");
    client.close();
    const six = await connected("::1");
    await six[0].sendall("six");
    await socket(AF_INET, SOCK_DGRAM).sendto("to nobody", ["127.0.0.1", 9]);
    await capture.save(file);
    return await capture.segments();
  },
};

void scenes[process.argv[2]]().then((result) => {
  console.log(JSON.stringify(result));
  process.exit();
});
