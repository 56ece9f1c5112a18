/**
 * The records of the kernels of one user, each in a file that the others read, so that either side of a conversation
 * can draw both.
 *
 * The folder is in the system's folder for temporary files, and only its owner can enter it. Each program writes one
 * file, of bounded size, named after its process. It goes when the program ends; what a killed one has left is removed
 * by the next to come. What another program has written is believed only as far as it has the right form.
 *
 * @module
 */

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { currentCell } from "../../interface/cell";
import { recorded, type SocketRecord, watchRecords } from "./record";
import { formatHead, formatRecord, parseRecords } from "./record-format";

/** The most octets that a file has, and that are read of one. */
const MOST_OCTETS = 2 ** 20;

/** The most of others' files that are read. */
const MOST_FILES = 64;

/** Milliseconds from the first news to their writing: at least, and at most. Whoever draws waits longer than that. */
const PAUSE = 50;
const LONGEST_PAUSE = 500;

/** Writing takes this part of the time, unless the pauses would become too long. */
const SHARE = 0.01;

let shared: Store | undefined;

/** In a notebook, has what is recorded written for the other notebook. A folder that cannot be used is left alone. */
export function shareInNotebook(): void {
  if (!currentCell() || shared) return;
  try {
    shared = Store.open();
  } catch (error) {
    notShared = String(error);
  }
}

/** Why nothing is shared, if that is so. */
export let notShared: string | undefined;

/** The sockets that other kernels share with this one. */
export function sharedByOthers(): SocketRecord[] {
  return shared?.others() ?? [];
}

/** The place where the records of this user's programs lie. */
export function usualFolder(): string {
  return join(tmpdir(), `socket-records-${userInfo().uid}`);
}

/** The files of one folder. */
export class Store {
  readonly #folder: string;
  readonly #file: string;
  readonly #lines = new WeakMap<SocketRecord, string>();
  #timer: NodeJS.Timeout | undefined;
  #patience = PAUSE;
  #unwatch = () => {};
  readonly #removeAtExit = () => this.#remove();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, `${process.pid}.jsonl`);
  }

  /**
   * Opens the folder, and makes it if it is not there; from now on what is recorded is written there.
   *
   * @throws Error if something of that name is there which others could write to, or which is not a folder
   */
  static open(folder = usualFolder()): Store {
    makeOwn(folder);
    const store = new Store(folder);
    store.#sweep();
    process.once("exit", store.#removeAtExit);
    currentCell()?.removeAtEnd(store.#file);
    store.#unwatch = watchRecords(() => store.#schedule());
    store.#schedule();
    return store;
  }

  /** Stops writing, and removes what was written. */
  close(): void {
    this.#unwatch();
    process.removeListener("exit", this.#removeAtExit);
    this.#remove();
  }

  /** Writes what is recorded, now. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const start = performance.now();
    const lines = recorded().map((record) => this.#line(record));
    const head = formatHead();
    let room = MOST_OCTETS - head.length;
    const newest: string[] = [];
    for (const line of lines.reverse()) {
      room -= Buffer.byteLength(line);
      if (room < 0) break;
      newest.push(line);
    }
    makeOwn(this.#folder);
    // Whoever reads meanwhile has either the old file or the new one.
    const unfinished = `${this.#file}.new`;
    rmSync(unfinished, { force: true });
    writeFileSync(unfinished, head + newest.reverse().join(""), { mode: 0o600, flag: "wx" });
    renameSync(unfinished, this.#file);
    const pause = (performance.now() - start) / SHARE;
    this.#patience = Math.min(LONGEST_PAUSE, Math.max(PAUSE, pause));
  }

  /** The sockets that the other programs have recorded. */
  others(): SocketRecord[] {
    // Somebody may have deleted the folder: the next that is written makes it again.
    const names = existsSync(this.#folder) ? readdirSync(this.#folder) : [];
    const files = names.filter((name) => /^\d+\.jsonl$/.test(name));
    return files.slice(0, MOST_FILES).flatMap((name) => {
      const pid = Number.parseInt(name, 10);
      if (pid === process.pid) return [];
      const text = readOwn(join(this.#folder, name));
      return text === undefined ? [] : parseRecords(text, pid);
    });
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      try {
        this.write();
      } catch {
        // A full disk: the other side is then drawn as not recorded.
        this.#timer = undefined;
      }
    }, this.#patience);
    this.#timer.unref();
  }

  /** A line for each socket; that of one to which nothing has happened is as before. */
  #line(record: SocketRecord): string {
    const known = this.#lines.get(record);
    if (known !== undefined && !record.changed) return known;
    record.changed = false;
    const line = formatRecord(record);
    this.#lines.set(record, line);
    return line;
  }

  /** Removes what programs have left that are no more. */
  #sweep(): void {
    for (const name of readdirSync(this.#folder)) {
      const pid = /^(\d+)\.jsonl(\.new)?$/.exec(name)?.[1];
      if (pid === undefined || !isRunning(Number(pid)))
        rmSync(join(this.#folder, name), { force: true, recursive: true });
    }
  }

  #remove(): void {
    clearTimeout(this.#timer);
    for (const file of [this.#file, `${this.#file}.new`]) rmSync(file, { force: true });
  }
}

/** Makes a folder that only this user can read, if it is not there; throws Error where it is somebody else's. */
function makeOwn(folder: string): void {
  mkdirSync(folder, { mode: 0o700, recursive: true });
  const { uid, mode } = lstatSync(folder);
  const isOurs = (mode & constants.S_IFMT) === constants.S_IFDIR && uid === userInfo().uid;
  if (!isOurs || (mode & 0o077) !== 0) {
    throw new Error(`${folder} is not a folder of this user alone: delete it`);
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

/** The text of a plain file of this user, or undefined where there is none or one that is too large. */
function readOwn(file: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.uid !== userInfo().uid || stat.size > MOST_OCTETS) return undefined;
    return readFileSync(fd, "utf8");
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
