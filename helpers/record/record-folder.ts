/**
 * The folder in which the records of a session's kernels lie: in the system's folder for temporary files, where only its
 * owner can enter it.
 *
 * @module
 */

"use deferred interrupts";

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processSpace, sessionName } from "./session-name";

/** How the folders of all sessions begin. */
const FOLDER = "socket-records-";

/** The place where the records of this session's kernels lie; in a network of its own, of those that are in it. */
export function usualFolder(): string {
  const network = process.env.NETWORK_FOLDER;
  if (network) return join(network, "records");
  return join(tmpdir(), `${FOLDER}${sessionName()}`);
}

/** Makes a folder that only this user can read, if it is not there; throws Error where it is somebody else's. */
export function makeOwn(folder: string): void {
  mkdirSync(folder, { mode: 0o700, recursive: true });
  requireOwn(folder);
}

/** @throws Error where others than this user can enter the folder, or it is none */
function requireOwn(folder: string): void {
  const { uid, mode } = lstatSync(folder);
  const isOurs = (mode & constants.S_IFMT) === constants.S_IFDIR && uid === process.getuid?.();
  if (!isOurs || (mode & 0o077) !== 0) {
    throw new Error(
      `${folder} is not a folder of this user alone: delete it, and restart the kernels`,
    );
  }
}

/** Removes what programs have left that are no more. Their numbers must be of this space of process numbers. */
export function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^(\d+)\.jsonl(\.new)?$/.exec(name)?.[1];
    if (pid === undefined || !isRunning(Number(pid)))
      rmSync(join(folder, name), { force: true, recursive: true });
  }
}

/** Does so for the sessions of which this process can tell; the folder of one goes when it is empty. */
export function sweepSessions(temporary: string): void {
  const folders = namesIn(temporary).filter((name) =>
    name.startsWith(`${FOLDER}${processSpace()}-`),
  );
  for (const folder of folders.map((name) => join(temporary, name))) {
    try {
      requireOwn(folder);
      sweep(folder);
      rmdirSync(folder);
    } catch {
      // Another user's, or one that is in use.
    }
  }
}

/** None where the folder cannot be listed, or is none. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The text of a plain file of this user, or undefined where there is none, or one of more than so many octets. */
export function readOwn(file: string, most: number): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.uid !== process.getuid?.() || stat.size > most) return undefined;
    return readFileSync(fd, "utf8");
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
