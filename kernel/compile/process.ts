/**
 * The compiler as a process, for all kernels of a user: begun from a snapshot of V8's heap, in which TypeScript has
 * been loaded, and most of what a cell's program consists of has been read.
 *
 * It listens on a socket that it was given, and ends with the last kernel that speaks to it. Set-up runs this program
 * to make the snapshot.
 *
 * Usage: node --snapshot-blob SNAPSHOT SOCKET_FILE ITS_INODE
 */
import { rmSync, statSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { startupSnapshot } from "node:v8";
import { Garbage, keepHeapsSmall } from "../heap";
import { LinePort } from "../lines";
import { bundleFiles } from "./bundle";
import { Compiler } from "./compiler";
import { forgetIfInstalled } from "./installed-declarations";
import { Serving } from "./serving";
import type { OpenRequest } from "./shared-process";
import { sharePages } from "./snapshot-memory";
import { warmUp } from "./warm-up";

/** The descriptor of the socket. */
const LISTENING = 3;

function main(): void {
  keepHeapsSmall();
  const [file, inode] = process.argv.slice(-2);
  const kernels = new Set<Socket>();
  const garbage = new Garbage();
  const snapshot = new Snapshot();
  const serving = new Serving(() => {
    snapshot.share();
    garbage.collect();
  });
  const server = createServer((socket) => {
    kernels.add(socket);
    attend(socket, serving, snapshot);
    socket.on("close", () => {
      kernels.delete(socket);
      if (kernels.size > 0) return;
      server.close();
      // Another process may listen there by now.
      if (String(statSync(file, { throwIfNoEntry: false })?.ino) === inode) rmSync(file);
      process.exit();
    });
  });
  server.listen({ fd: LISTENING });
}

function attend(socket: Socket, serving: Serving, snapshot: Snapshot): void {
  const port = new LinePort(socket);
  port.once("message", (request) => {
    const { folder } = request as OpenRequest;
    forgetIfInstalled();
    port.on("close", serving.begin(new Compiler(folder), port));
    port.postMessage({});
    // It takes 25 ms: the first answer goes before.
    port.once("message", () => setImmediate(() => snapshot.share()));
  });
}

/** What this process has begun from, and need not have in memory of its own. */
class Snapshot {
  #isOwn = true;

  share(): void {
    if (!this.#isOwn) return;
    this.#isOwn = false;
    try {
      sharePages(bundleFiles().pages);
    } catch {
      // Where that cannot be, the process is larger.
    }
  }
}

warmUp(Compiler);
startupSnapshot.setDeserializeMainFunction(main);
