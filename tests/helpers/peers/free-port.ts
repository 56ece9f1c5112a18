/** Ports for servers of tests. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port of 127.0.0.1 that nobody has, and such as no system gives to a client or to who asks for any port: Linux gives
 * those from 32768 on, others from 49152. So nobody else has it by chance before it is used, or while a test shows that
 * nobody listens there.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_768);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch {
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
