/**
 * The socket benchmark's programs on this project's `helpers/socket`: `server`, or `client PORT`.
 * ../sockets.ts describes the lines they read and write.
 *
 * @module
 */
import { SHUT_WR, type Socket, socket } from "../../helpers/socket";
import { main, type Run } from "./program";

const MESSAGE = Buffer.alloc(16, ".");
const CHUNK = Buffer.alloc(65536, ".");

async function server(): Promise<[port: number, serve: Run]> {
  const listening = socket();
  await listening.bind(["127.0.0.1", 0]);
  listening.listen(128);
  return [listening.getsockname()[1] as number, (task, amount) => serve(listening, task, amount)];
}

async function serve(listening: Socket, task: string, amount: number): Promise<void> {
  if (task === "connect") {
    for (let i = 0; i < amount; i++) {
      const [connection] = await listening.accept();
      connection.close();
    }
    return;
  }
  const [connection] = await listening.accept();
  for (;;) {
    const data = await connection.recv(CHUNK.length);
    if (data.length === 0) break;
    if (task !== "send") await connection.sendall(data);
  }
  connection.close();
}

function client(port: number): Run {
  return async (task, amount) => {
    if (task === "connect") {
      for (let i = 0; i < amount; i++) {
        const connection = await connected(port);
        await connection.recv(1);
        connection.close();
      }
      return;
    }
    const connection = await connected(port);
    if (task === "roundtrip") await roundtrip(connection, amount);
    else await transfer(connection, amount, task === "echo" ? amount : 0);
    connection.close();
  };
}

async function connected(port: number): Promise<Socket> {
  const connection = socket();
  await connection.connect(["127.0.0.1", port]);
  return connection;
}

async function roundtrip(connection: Socket, amount: number): Promise<void> {
  for (let i = 0; i < amount; i++) {
    await connection.sendall(MESSAGE);
    for (let received = 0; received < MESSAGE.length; ) {
      const data = await connection.recv(MESSAGE.length - received);
      if (data.length === 0) throw new Error("the server closed the connection");
      received += data.length;
    }
  }
}

async function transfer(connection: Socket, amount: number, expected: number): Promise<void> {
  const [, received] = await Promise.all([
    sendAmount(connection, amount),
    countReceived(connection),
  ]);
  if (received !== expected) throw new Error(`${received} octets came back`);
}

async function sendAmount(connection: Socket, amount: number): Promise<void> {
  for (let left = amount; left > 0; left -= CHUNK.length) {
    await connection.sendall(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK);
  }
  connection.shutdown(SHUT_WR);
}

async function countReceived(connection: Socket): Promise<number> {
  let received = 0;
  for (;;) {
    const data = await connection.recv(CHUNK.length);
    if (data.length === 0) return received;
    received += data.length;
  }
}

void main(server, client);
