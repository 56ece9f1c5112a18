/**
 * The records of the kernels of one session, each in a file that the others read, so that either side of a conversation
 * can draw both.
 *
 * Each program writes one file, of bounded size, named after its process. It goes when the program ends; what a killed
 * one has left is removed by the next to come, of whichever session.
 *
 * @module
 */

"use deferred interrupts";

import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { currentCell, outsideCells } from "../../interface/cell";
import { recorded, type SocketRecord, watchRecords } from "./record";
import { makeOwn, readOwn, sweep, sweepSessions, usualFolder } from "./record-folder";
import { formatHead, formatRecord, parsePause, parseRecords } from "./record-format";

/** The most octets that a file has, and that are read of one. */
const MOST_OCTETS = 2 ** 20;

/** The most of others' files that are read. */
const MOST_FILES = 64;

/** Milliseconds from the first news to their writing: at least, and at most. */
const PAUSE = 50;
const LONGEST_PAUSE = 500;

/** Writing takes this part of the time, unless the pauses would become too long. */
const SHARE = 0.01;

/** Milliseconds that whoever draws waits at least: what has just happened often goes on for a while. */
const PATIENCE = 250;

let shared: Store | undefined;
let notOpened: string | undefined;

/** In a notebook, has what is recorded written for the other notebook. A folder that cannot be used is left alone. */
export function shareInNotebook(): void {
  if (!currentCell() || shared) return;
  try {
    shared = Store.open();
    notOpened = undefined;
  } catch (error) {
    notOpened = reason(error);
  }
}

/** Why this notebook and the other one do not see each other's sockets, and what to do, or undefined if they do. */
export function whyNotShared(): string | undefined {
  return notOpened ?? shared?.problem;
}

/** Waits until what others have done by now is in their files, unless they are busy. */
export async function writtenByOthers(): Promise<void> {
  await sleep(shared?.patience() ?? PATIENCE);
}

/** The sockets that other kernels share with this one. */
export function sharedByOthers(): SocketRecord[] {
  return shared?.others() ?? [];
}

/** The files of one folder. */
export class Store {
  readonly #folder: string;
  readonly #file: string;
  readonly #lines = new WeakMap<SocketRecord, string>();
  #timer: NodeJS.Timeout | undefined;
  /** The pause that the file has announced, and the one that the next file will. */
  #pause = PAUSE;
  #nextPause = PAUSE;
  #problem: string | undefined;
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
    sweepSessions(dirname(folder));
    makeOwn(folder);
    const store = new Store(folder);
    sweep(folder);
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

  /** Why the folder could not be written or read the last time, and what to do, or undefined where it could. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Writes what is recorded, now. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const start = performance.now();
    this.#pause = this.#nextPause;
    const lines = recorded().map((record) => this.#line(record));
    const head = formatHead(this.#pause);
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
    this.#problem = undefined;
    this.#nextPause = bounded((performance.now() - start) / SHARE);
  }

  /** The sockets that the other programs have recorded. */
  others(): SocketRecord[] {
    return this.#files().flatMap(({ pid, text }) => parseRecords(text, pid));
  }

  /** Milliseconds after which all that the other programs have done by now is in their files, unless they are busy. */
  patience(): number {
    const pauses = this.#files().map(({ text }) => bounded(parsePause(text) ?? LONGEST_PAUSE));
    return Math.max(PATIENCE, ...pauses.map((pause) => pause + PAUSE));
  }

  /** The files of the other programs. */
  #files(): { pid: number; text: string }[] {
    const names = this.#names().filter((name) => /^\d+\.jsonl$/.test(name));
    const pids = names.map((name) => Number.parseInt(name, 10));
    const others = pids.filter((pid) => pid !== process.pid).slice(0, MOST_FILES);
    return others.flatMap((pid) => {
      const text = readOwn(join(this.#folder, `${pid}.jsonl`), MOST_OCTETS);
      return text === undefined ? [] : [{ pid, text }];
    });
  }

  #names(): string[] {
    try {
      // Somebody may have deleted the folder: the next that is written makes it again.
      return existsSync(this.#folder) ? readdirSync(this.#folder) : [];
    } catch (error) {
      this.#problem = reason(error);
      return [];
    }
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const write = () => {
      try {
        this.write();
      } catch (error) {
        // A full disk, say: whoever draws is told.
        this.#problem = reason(error);
      }
    };
    this.#timer = outsideCells(() => setTimeout(write, this.#pause).unref());
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

  #remove(): void {
    clearTimeout(this.#timer);
    for (const file of [this.#file, `${this.#file}.new`]) rmSync(file, { force: true });
  }
}

function bounded(pause: number): number {
  return Math.min(LONGEST_PAUSE, Math.max(PAUSE, pause));
}

/** Why something of the folder failed, and what to do. */
function reason(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === undefined) return message;
  return `${message}: make it possible, or start Jupyter again with TMPDIR set to another folder`;
}
