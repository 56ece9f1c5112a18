/** What goes to the kernel's own standard output, past `process.stdout`: it belongs under the cell that wrote it as well. */
import { ChildProcess } from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { Readable } from "node:stream";
import { currentRun } from "./cell-run";

type StreamName = "stdout" | "stderr";

/** By file descriptor. */
const STREAMS: readonly (StreamName | undefined)[] = [undefined, "stdout", "stderr"];

/** From now on, a cell prints also what its children print with `stdio: "inherit"`, and what it writes to 1 and 2. */
export function takeInheritedOutput(): void {
  takeOutputOfChildren();
  takeOutputOfSynchronousChildren();
  takeWritesToDescriptors();
  syncBuiltinESMExports();
}

interface Spawning {
  spawn(this: ChildProcess, options: { stdio?: unknown }): unknown;
}

function takeOutputOfChildren(): void {
  const prototype = ChildProcess.prototype as unknown as Spawning;
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    if (!currentRun()) return Reflect.apply(spawn, this, [options]);
    const { stdio } = options;
    const entries: unknown[] = Array.isArray(stdio) ? [...stdio] : [stdio, stdio, stdio];
    const names = entries.map((entry, fd) => inheritedBy(entry, fd));
    const piped = entries.map((entry, fd) => (names[fd] ? "pipe" : entry));
    const result = Reflect.apply(spawn, this, [{ ...options, stdio: piped }]);
    names.forEach((name, fd) => {
      const pipe = this.stdio?.[fd] as Readable | null | undefined;
      if (!name || !pipe) return;
      pipe.on("data", (octets: Buffer) => process[name].write(octets));
      // As of any child that inherits.
      Object.assign(this, fd === 1 ? { stdout: null } : { stderr: null });
    });
    return result;
  };
}

/** Where an entry of `stdio` leads, if to the kernel's own output. */
function inheritedBy(entry: unknown, fd: number): StreamName | undefined {
  if (fd !== 1 && fd !== 2) return undefined;
  if (entry === "inherit") return STREAMS[fd];
  if (entry === process.stdout) return "stdout";
  if (entry === process.stderr) return "stderr";
  return typeof entry === "number" ? STREAMS[entry] : undefined;
}

interface SynchronousSpawn {
  spawn(options: { stdio: { type: string; fd?: number }[] }): { output?: (Buffer | null)[] | null };
}

/** `spawnSync`, `execSync` and `execFileSync` have only this in common. What the child prints comes when it has ended. */
function takeOutputOfSynchronousChildren(): void {
  const { binding } = process as unknown as { binding(name: string): SynchronousSpawn };
  const synchronous = binding.call(process, "spawn_sync");
  const { spawn } = synchronous;
  synchronous.spawn = (options) => {
    if (!currentRun()) return spawn(options);
    const names = options.stdio.map(({ type, fd = -1 }, target) =>
      target > 0 && (type === "fd" || type === "inherit") ? STREAMS[fd] : undefined,
    );
    if (names.every((name) => name === undefined)) return spawn(options);
    const stdio = options.stdio.map((entry, target) =>
      names[target] ? { type: "pipe", readable: false, writable: true } : entry,
    );
    const result = spawn(Object.assign(options, { stdio, maxBuffer: Number.POSITIVE_INFINITY }));
    names.forEach((name, target) => {
      const octets = result.output?.[target];
      if (!name || !result.output || !octets) return;
      process[name].write(octets);
      result.output[target] = null;
    });
    return result;
  };
}

function takeWritesToDescriptors(): void {
  const writeSync = fs.writeSync as (fd: number, data: unknown, ...rest: unknown[]) => number;
  const noted = (fd: number, data: unknown, ...rest: unknown[]): number => {
    const name = STREAMS[fd];
    if (!name || !currentRun()) return writeSync(fd, data, ...rest);
    const octets = octetsOf(data, rest);
    process[name].write(octets);
    return octets.length;
  };
  Object.assign(fs, { writeSync: noted });
}

/** What `fs.writeSync` would write: `(text, position, encoding)`, `(view, offset, length)` or `(view, { offset, length })`. */
function octetsOf(data: unknown, [first, second]: unknown[]): Buffer {
  if (!ArrayBuffer.isView(data)) {
    return Buffer.from(
      String(data),
      typeof second === "string" ? (second as BufferEncoding) : "utf8",
    );
  }
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const given =
    typeof first === "object" && first !== null ? first : { offset: first, length: second };
  const { offset, length } = given as { offset?: number | null; length?: number | null };
  const start = offset ?? 0;
  return view.subarray(start, start + (length ?? view.length - start));
}
