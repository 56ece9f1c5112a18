/**
 * To open a named pipe is to sleep in the system until somebody opens its other end: at an interrupt, the messaging
 * thread does. To read from a pipe is to sleep until somebody writes: here it is looked at now and then instead.
 */
import fs, { constants, type PathLike } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { FLAG } from "../threads";
import { currentRun, Interrupted } from "./cell-run";

/** How often an empty pipe is looked at, in milliseconds. */
const LOOK_INTERVAL = 10;

/** Where Linux lets a process open anew what it has open. */
const OPEN_FILES = "/proc/self/fd";

const { openSync, readSync, readFileSync, writeFileSync, closeSync, fstatSync, statSync } = fs;

/**
 * From now on, an interrupt ends what waits for a pipe.
 *
 * @param onOpening called with the path of a named pipe before it is opened, and with nothing afterwards
 */
export function noteNamedPipes(flags: Int32Array, onOpening: (file?: string) => void): void {
  const failIfInterrupted = (): void => {
    if (Atomics.load(flags, FLAG.interrupt) !== 0) throw new Interrupted();
  };

  const open = (file: PathLike, ...how: [fs.OpenMode?, fs.Mode?]): number => {
    if (!currentRun() || !isPipe(file)) return openSync(file, ...(how as [fs.OpenMode]));
    onOpening(path.resolve(file instanceof URL ? fileURLToPath(file) : String(file)));
    try {
      failIfInterrupted();
      const fd = openSync(file, ...(how as [fs.OpenMode]));
      if (Atomics.load(flags, FLAG.interrupt) !== 0) closeSync(fd);
      failIfInterrupted();
      return fd;
    } finally {
      onOpening();
    }
  };

  const read = (fd: number, ...where: unknown[]): number => {
    const readFrom = (from: number): number => Reflect.apply(readSync, fs, [from, ...where]);
    if (!currentRun() || !isPipe(fd) || !fs.existsSync(OPEN_FILES)) return readFrom(fd);
    const anew = openSync(`${OPEN_FILES}/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      for (;;) {
        failIfInterrupted();
        try {
          return readFrom(anew);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        }
        Atomics.wait(flags, FLAG.interrupt, 0, LOOK_INTERVAL);
      }
    } finally {
      closeSync(anew);
    }
  };

  // Where these read and write UTF-8, they do it in one call, and not by those above.
  const readFile = (file: fs.PathOrFileDescriptor, options?: unknown): string | Buffer => {
    if (!currentRun() || !isPipe(file)) return readFileSync(file, options as null);
    const given = typeof options === "string" ? { encoding: options } : (options ?? {});
    const { encoding } = given as { encoding?: BufferEncoding };
    const octets = readFileSync(file, { ...given, encoding: null });
    return encoding ? octets.toString(encoding) : octets;
  };
  const writeFile: typeof writeFileSync = (file, data, options) => {
    const isText = typeof data === "string" && currentRun() && isPipe(file);
    const encoding = typeof options === "string" ? options : options?.encoding;
    writeFileSync(file, isText ? Buffer.from(data, encoding ?? "utf8") : data, options);
  };

  Object.assign(fs, {
    openSync: open,
    readSync: read,
    readFileSync: readFile,
    writeFileSync: writeFile,
  });
  syncBuiltinESMExports();
}

/** What a call would refuse is none. */
function isPipe(file: fs.PathOrFileDescriptor): boolean {
  try {
    return (typeof file === "number" ? fstatSync(file) : statSync(file)).isFIFO();
  } catch {
    return false;
  }
}
