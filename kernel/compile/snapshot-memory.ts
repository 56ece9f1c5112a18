/**
 * Memory that a process begun from a snapshot need not have of its own: Node.js reads the whole file, V8 makes a heap of
 * it, and what was read stays. Here the same octets are laid under the same addresses out of a file: of that the system
 * has one copy for all processes, and only what somebody looks at counts.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

/** What the C library puts in front of a large piece of memory, which begins with a page. */
const MALLOC_HEADER = 16;

const SMALLEST_PAGE = 2 ** 12;

/** A multiple of a page, on whatever machine. */
const STEP = 2 ** 16;

/** How many octets of V8's part are in front of V8's version: it depends on that. */
const BEFORE_VERSION = [12, 16, 20];

const PROT_READ_WRITE = 3;
const MAP_PRIVATE = 2;
const MREMAP_MAYMOVE_FIXED = 3;

/** Memory, as a line of /proc/self/maps, that may be written and belongs to no file. */
const OWN_MEMORY = /^([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 *$/gm;

/**
 * Writes V8's part of a snapshot as the process will have it in memory.
 *
 * @throws Error if it is not found
 */
export function writePages(snapshot: string, pages: string): void {
  const whole = readFileSync(snapshot);
  const version = whole.indexOf(process.versions.v8);
  // In the place of a length there may be a small number otherwise.
  const [part] = BEFORE_VERSION.map((octets) => partFrom(version - octets, whole)).sort(
    (one, other) => other.length - one.length,
  );
  if (part.length === 0) throw new Error(`${snapshot} has no part for V8 ${process.versions.v8}`);
  // Not written over: a process may have the one before in its memory.
  rmSync(pages, { force: true });
  writeFileSync(pages, Buffer.concat([Buffer.alloc(MALLOC_HEADER), part]));
}

/** What begins there, with its length in front; empty if that cannot be one. */
function partFrom(begin: number, whole: Buffer): Buffer {
  const length = begin < 4 ? 0 : whole.readInt32LE(begin - 4);
  const isThere = length > 0 && begin + length <= whole.length;
  return whole.subarray(begin, isThere ? begin + length : begin);
}

/**
 * Lays the file under what was read of the snapshot, if that is there and the same octet for octet.
 *
 * @returns how many octets that is, or 0
 * @throws Error where the system lets nobody look
 */
export function sharePages(pages: string): number {
  const memory = openSync("/proc/self/mem", "r");
  const file = openSync(pages, "r");
  try {
    const { size } = fstatSync(file);
    const end = size - (size % STEP);
    const isAt = (place: number) => isSame(memory, place, file, MALLOC_HEADER, STEP);
    const place = end > STEP ? places(size).find(isAt) : undefined;
    if (place === undefined || !isSame(memory, place, file, STEP, end)) return 0;
    return lay(file, place, STEP, end);
  } finally {
    closeSync(memory);
    closeSync(file);
  }
}

/** Where so many octets may begin. */
function places(size: number): number[] {
  return [...readFileSync("/proc/self/maps", "latin1").matchAll(OWN_MEMORY)].flatMap((found) => {
    const [begin, end] = found.slice(1).map((address) => Number.parseInt(address, 16));
    const room = Math.floor((end - begin - size) / SMALLEST_PAGE) + 1;
    return Array.from({ length: Math.max(0, room) }, (_, page) => begin + page * SMALLEST_PAGE);
  });
}

/** Whether the file is from `begin` to `end` what the memory is there, counted from `place`. */
function isSame(memory: number, place: number, file: number, begin: number, end: number): boolean {
  const [there, wanted] = [Buffer.alloc(STEP), Buffer.alloc(STEP)];
  for (let at = begin; at < end; at += STEP) {
    const length = Math.min(STEP, end - at);
    if (readSync(memory, there, 0, length, place + at) !== length) return false;
    if (readSync(file, wanted, 0, length, at) !== length) return false;
    if (there.compare(wanted, 0, length, 0, length) !== 0) return false;
  }
  return true;
}

/** How many octets were laid. First beside, then moved: what fails leaves all as it is. */
function lay(file: number, place: number, begin: number, end: number): number {
  const fromHere = createRequire(path.join(__dirname, "process.js"));
  const koffi = fromHere("koffi") as typeof import("koffi");
  const libc = koffi.load(null);
  const mmap = libc.func("intptr_t mmap(intptr_t, size_t, int, int, int, long)");
  const mremap = libc.func("intptr_t mremap(intptr_t, size_t, size_t, int, intptr_t)");
  const length = end - begin;
  const beside = mmap(0, length, PROT_READ_WRITE, MAP_PRIVATE, file, begin);
  if (Number(beside) === -1) return 0;
  const moved = mremap(beside, length, length, MREMAP_MAYMOVE_FIXED, place + begin);
  return Number(moved) === -1 ? 0 : length;
}
