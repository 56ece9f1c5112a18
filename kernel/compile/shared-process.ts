/**
 * The compiler's process, which all kernels of a user share that have the same sources, the same Node.js and the same
 * network: the first one starts it.
 *
 * It is reached by a socket in a folder that only its owner can open. Who starts it listens there already, and has
 * connected to it, before it runs: so it ends with its last connection, however the kernels end.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
} from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { LinePort } from "../lines";
import { bundleFiles, SNAPSHOT_FLAGS } from "./bundle";

/** What a kernel says first. */
export interface OpenRequest {
  /** Where the notebook is. */
  folder: string;
}

/** How long the process may take to answer, in milliseconds: it may be busy with another's cell. */
const PATIENCE = 20_000;

/** A socket younger than this, in milliseconds, may be one that somebody is about to listen at. */
const NEW = 10_000;

/** Has the process give free memory back to the system soon, by a setting of glibc: of a start, 10 MB. */
const GIVES_BACK = { MALLOC_TRIM_THRESHOLD_: "131072" };

/** The process is nobody's child, as it belongs to no kernel more than to another. */
const IN_BACKGROUND = ["-c", '"$@" &', "sh"];

/**
 * A port to a new compiler for notebooks in `folder`.
 *
 * @throws Error where there is no snapshot for this Node.js, or no process comes of it
 */
export async function openInSharedProcess(folder: string): Promise<LinePort> {
  const { snapshot } = bundleFiles();
  if (!existsSync(snapshot)) throw new Error(`there is no ${snapshot}`);
  const shared = ownFolder();
  const file = path.join(shared, `${nameOf(snapshot)}.sock`);
  const running = await connected(file);
  if (!running) removeAbandoned(shared).catch(() => {});
  try {
    return await opened(running ?? (await startedOrConnected(snapshot, file)), folder);
  } catch (error) {
    if (!running || error instanceof TooBusy) throw error;
    // It was just ending.
    return await opened(await startedOrConnected(snapshot, file), folder);
  }
}

/** Of kernels that come at the same time, one starts the process, and the others connect to it. */
async function startedOrConnected(snapshot: string, file: string): Promise<Socket> {
  const before = inodeOf(file);
  const found = await connected(file);
  if (found) return found;
  const published = start(snapshot, file, before);
  return published ?? startedOrConnected(snapshot, file);
}

class TooBusy extends Error {}

async function opened(socket: Socket, folder: string): Promise<LinePort> {
  const port = new LinePort(socket);
  port.postMessage({ folder } satisfies OpenRequest);
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new TooBusy()), PATIENCE);
  try {
    const closed = once(port, "close", { signal: over.signal }).then(() => {
      throw new Error("the compiler's process has ended");
    });
    await Promise.race([once(port, "message", { signal: over.signal }), closed]);
    return port;
  } catch (error) {
    port.close();
    throw over.signal.aborted ? over.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined where nobody listens. */
async function connected(file: string): Promise<Socket | undefined> {
  const socket = connect(file);
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    return undefined;
  }
}

/**
 * Starts the process; the first connection to it. Undefined where another kernel was faster.
 *
 * @param abandoned the inode of the socket at which nobody listens any more, if there is one
 */
function start(snapshot: string, file: string, abandoned: number | undefined): Socket | undefined {
  const unpublished = `${file}.${process.pid}`;
  rmSync(unpublished, { force: true });
  const server = createServer();
  // All in one go, so that this thread accepts no connection itself.
  server.listen(unpublished);
  try {
    if (!server.listening) throw new Error(`no socket can be made in ${path.dirname(file)}`);
    if (!publish(unpublished, file, abandoned)) return undefined;
    const socket = connect(file);
    const ino = inodeOf(file);
    const how = [...SNAPSHOT_FLAGS, "--snapshot-blob", snapshot];
    const command = [process.execPath, ...how, file, String(ino)];
    spawn("/bin/sh", [...IN_BACKGROUND, ...command], {
      // Not in the kernel's process group, with which a front end may end the kernel.
      detached: true,
      cwd: "/",
      env: { ...process.env, ...GIVES_BACK, NODE_OPTIONS: undefined },
      stdio: ["ignore", "ignore", "ignore", descriptorOf(server)],
    })
      .on("error", () => {})
      .unref();
    return socket;
  } finally {
    server.close();
  }
}

/** Gives a file its name, unless another has it than the abandoned one; whether it did. */
function publish(unpublished: string, file: string, abandoned: number | undefined): boolean {
  if (abandoned !== undefined && inodeOf(file) === abandoned) rmSync(file);
  try {
    linkSync(unpublished, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(unpublished);
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

/** Removes the sockets that nobody listens at: where a process was killed, or the kernel that was to start it. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found?.isSocket() || Date.now() - found.mtimeMs < NEW) continue;
    const socket = connect(file);
    try {
      await once(socket, "connect");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") rmSync(file, { force: true });
    }
    socket.destroy();
  }
}

function descriptorOf(server: Server): number {
  return (server as Server & { _handle: { fd: number } })._handle.fd;
}

/** @throws Error where the folder is somebody else's, or open to others */
function ownFolder(): string {
  const uid = process.getuid?.();
  const folder = path.join(tmpdir(), `typescript-kernel-${uid}`);
  mkdirSync(folder, { mode: 0o700, recursive: true });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${folder} is not a folder of this user alone`);
  }
  return folder;
}

/** The same for all kernels that can share a process: they see the same files, and it keeps no network but theirs. */
function nameOf(snapshot: string): string {
  const surroundings = ["mnt", "net"].map(namespaceOf);
  const all = [snapshot, ...surroundings].join("\n");
  return createHash("sha256").update(all).digest("hex").slice(0, 16);
}

/** Empty where the system has none. */
function namespaceOf(kind: string): string {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`);
  } catch {
    return "";
  }
}
