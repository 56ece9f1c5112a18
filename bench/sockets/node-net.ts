/**
 * The socket benchmark's programs on `node:net`, in its own style of events: `server`, or `client PORT`.
 * ../sockets.ts describes the lines they read and write.
 *
 * @module
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { main } from "./program";

const MESSAGE = Buffer.alloc(16, ".");
const CHUNK = Buffer.alloc(65536, ".");

async function server(): Promise<
  [port: number, serve: (task: string, amount: number) => Promise<void>]
> {
  const listening = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  return [
    port,
    (task, amount) =>
      new Promise((resolve, reject) => {
        let left = task === "connect" ? amount : 1;
        const done = () => {
          left -= 1;
          if (left > 0) return;
          listening.removeListener("connection", serve);
          resolve();
        };
        const serve = (connection: Socket) => {
          connection.on("error", reject);
          if (task === "connect") {
            connection.destroy();
            done();
          } else if (task === "send") {
            connection
              .on("data", () => {})
              .on("end", () => connection.end())
              .on("close", done);
          } else {
            connection.pipe(connection).on("close", done);
          }
        };
        listening.on("connection", serve);
      }),
  ];
}

function client(port: number): (task: string, amount: number) => Promise<void> {
  const tasks: Record<string, (amount: number) => Promise<void>> = {
    roundtrip,
    send,
    echo,
    connect: connections,
  };
  return (task, amount) => tasks[task](amount);

  function connected(): Socket {
    return connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  }

  function roundtrip(amount: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const connection = connected();
      let left = amount;
      let received = 0;
      connection.on("error", reject).on("close", resolve);
      connection.on("connect", () => connection.write(MESSAGE));
      connection.on("data", (data) => {
        received += data.length;
        if (received < MESSAGE.length) return;
        received = 0;
        left -= 1;
        if (left > 0) connection.write(MESSAGE);
        else connection.end();
      });
    });
  }

  function send(amount: number): Promise<void> {
    return transfer(amount, 0);
  }

  function echo(amount: number): Promise<void> {
    return transfer(amount, amount);
  }

  function transfer(amount: number, expected: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const connection = connected();
      let left = amount;
      let received = 0;
      const write = () => {
        let more = true;
        while (more && left > 0) {
          more = connection.write(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK);
          left -= CHUNK.length;
        }
        if (left <= 0) connection.end();
      };
      connection.on("error", reject).on("connect", write).on("drain", write);
      connection.on("data", (data) => {
        received += data.length;
      });
      connection.on("close", () => {
        if (received === expected) resolve();
        else reject(new Error(`${received} octets came back`));
      });
    });
  }

  function connections(amount: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = amount;
      const next = () => {
        const connection = connected();
        connection.on("error", reject).on("end", () => {
          connection.destroy();
          left -= 1;
          if (left > 0) next();
          else resolve();
        });
        connection.resume();
      };
      next();
    });
  }
}

void main(server, client);
