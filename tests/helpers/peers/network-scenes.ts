/** What two machines, joined by a cable, see of each other; prints it, as JSON. */
import { readdirSync, readFileSync } from "node:fs";
import { network } from "../../../helpers/network";
import { outcome } from "../../../helpers/outcome";
import { AF_INET, createServer, recvall, SOCK_DGRAM, socket } from "../../../helpers/socket";
import { wire } from "../../../helpers/wire";
import { until } from "./until";

const scenes: Record<string, () => Promise<unknown>> = {
  async reach() {
    await using far = await network("far");
    const reached: Record<string, string[]> = {};
    for (const host of ["127.0.0.1", far.here, ""]) {
      using server = await createServer([host, 0]);
      const [, port] = server.getsockname();
      reached[host] = [];
      for (const asked of ["127.0.0.1", far.here]) {
        using visitor = await far.socket();
        reached[host].push(await outcome(visitor.connect([asked, port])));
      }
    }
    return reached;
  },

  async sockets() {
    await using far = await network("far");
    using here = await createServer(["", 4000]);
    // The same port is free there.
    using there = await far.socket();
    await there.bind(["", 4000]);
    there.listen();
    using client = socket();
    await client.connect([far.address, 4000]);
    const [served, [from]] = await there.accept();
    await client.sendall("hello");
    const received = String(await recvall(served, 5));
    client.close();
    const end = (await served.recv(1)).length;
    served.close();
    const [one, other] = await Promise.all([far.socket(), far.socket(AF_INET, SOCK_DGRAM)]);
    await other.bind(["", 4001]);
    await socket(AF_INET, SOCK_DGRAM).sendto("datagram", [far.address, 4001]);
    const datagram = String(await other.recv(100));
    for (const sock of [one, other]) sock.close();
    return { from, received, end, datagram, listens: here.getsockname()[1] };
  },

  async unplugged() {
    await using far = await network("far");
    using server = await createServer([far.here, 0]);
    using visitor = await far.socket();
    await visitor.connect(server.getsockname());
    const [served] = await server.accept();
    await far.unplug();
    await visitor.sendall("anybody there?");
    const during = await outcome(served.recv(100, 0, { timeout: 0.3 }));
    await far.plugIn();
    const after = String(await recvall(served, 14));
    return { during, after, flags: (await wire(visitor)).map(({ flags }) => flags.join("+")) };
  },

  async tunnel() {
    await using left = await network("left");
    await using right = await network("right");
    const tunnel = "python3 tools/tunnel.py tunnel";
    await right.run(`${tunnel} 198.51.100.2 5000`);
    await left.run(`${tunnel} 198.51.100.1 5000 ${left.here} 5000`);
    const between = socket(AF_INET, SOCK_DGRAM);
    await between.bind(["", 5000]);
    const other: Record<string, string> = {
      [left.address]: right.address,
      [right.address]: left.address,
    };
    void (async () => {
      while (true) {
        const [packet, [host]] = await between.recvfrom(2 ** 16);
        await between.sendto(packet, [other[host], 5000]);
      }
    })();
    using listener = await right.socket();
    await listener.bind(["198.51.100.2", 4000]);
    listener.listen();
    using client = await left.socket();
    await client.connect(["198.51.100.2", 4000]);
    const [served, [from]] = await listener.accept();
    const octets = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251);
    const [received] = await Promise.all([recvall(served, octets.length), client.sendall(octets)]);
    served.close();
    const datagrams = (await wire()).filter(({ to }) => to[1] === 5000);
    return {
      from,
      same: Buffer.compare(received, octets) === 0,
      protocols: [...new Set(datagrams.map(({ protocol }) => protocol))],
      longest: Math.max(...datagrams.map(({ length }) => length)),
      cut: datagrams.filter(({ fragment }) => fragment).length,
    };
  },

  async shell() {
    const far = await network("far");
    const said = await far.run("echo hello; ip -oneline address show far");
    const failed = await far.run("echo wrong >&2; exit 3").catch((error) => String(error));
    await far.run("sleep 1000 >/dev/null 2>&1 &");
    const sleeps = () =>
      readdirSync("/proc").filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "latin1") === "sleep\x001000\0";
        } catch {
          return false;
        }
      }).length;
    const before = sleeps();
    await far.close();
    await until(() => sleeps() < before);
    const again = await network("far");
    const address = again.address;
    await again.close();
    const off = await again.socket().then(
      () => "made",
      (error) => String(error),
    );
    return { said, failed, address, off };
  },

  async names() {
    await using far = await network("far");
    await using next = await network("next");
    const wrong = await network("far; reboot").catch((error) => String(error));
    return { addresses: [far.address, next.address], wrong };
  },
};

void scenes[process.argv[2]]().then((result) => {
  console.log(JSON.stringify(result));
  process.exit();
});
