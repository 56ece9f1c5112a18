/** What the reader's code prints, on its way to the cell that started the work. */
import { StringDecoder } from "node:string_decoder";
import { withoutBookkeeping } from "./async-bookkeeping";
import { type CellRun, currentRun, runInCell } from "./cell-run";

type StreamName = "stdout" | "stderr";

/** How much one run of a cell may print, and show in other ways, in UTF-16 units: more would stop the browser. */
const LIMITS = { printed: 4_000_000, shown: 16_000_000 };

/** What an error or a display counts at least: ten thousand small ones are too many as well. */
const LEAST = 1000;

interface Printed {
  used: Record<keyof typeof LIMITS, number>;
  /** Whether the reader has been told that something is missing. */
  told: boolean;
  decoders: Record<StreamName, StringDecoder>;
}

export class Output {
  private readonly printed = new WeakMap<CellRun, Printed>();
  private readonly written: { run?: CellRun; callback: () => void; times: number }[] = [];
  /** The newest run, which takes what no cell can be found for. */
  newest: CellRun | undefined;

  constructor(private readonly publish: (run: CellRun, name: StreamName, text: string) => void) {}

  /** Takes over `process.stdout` and `process.stderr`, through which `console` prints as well. */
  install(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const write = (
        chunk: string | Uint8Array,
        encoding?: BufferEncoding | ((error?: Error) => void),
        done?: (error?: Error) => void,
      ): boolean => {
        this.write(name, chunk, typeof encoding === "string" ? encoding : "utf8");
        const callback = typeof encoding === "function" ? encoding : done;
        if (callback) this.callBack(callback);
        return true;
      };
      process[name].write = write as typeof process.stdout.write;
    }
  }

  begin(run: CellRun): void {
    this.newest = run;
  }

  /** Whether there is room for an error or a display of so many units; the run counts it. */
  hasRoom(run: CellRun, kind: keyof typeof LIMITS, units: number): boolean {
    const printed = this.of(run);
    const room = LIMITS[kind] - printed.used[kind];
    printed.used[kind] += Math.max(LEAST, units);
    if (room <= 0) this.tell(run, LIMITS[kind]);
    return room > 0;
  }

  /** Calls what waits for a write: a tick for each line of a long loop would fill the memory. */
  private callBack(callback: () => void): void {
    if (this.written.length === 0) {
      process.nextTick(() => {
        for (const { run, callback, times } of this.written.splice(0)) {
          const callAll = () => {
            for (let n = 0; n < times; n += 1) callback();
          };
          if (run) runInCell(run, callAll);
          else callAll();
        }
      });
    }
    const run = currentRun();
    const last = this.written.at(-1);
    // `console` waits with one and the same function.
    if (last?.callback === callback && last.run === run) last.times += 1;
    else this.written.push({ run, callback, times: 1 });
  }

  private write(name: StreamName, chunk: string | Uint8Array, encoding: BufferEncoding): void {
    const run = currentRun() ?? this.newest;
    if (!run) return;
    const printed = this.of(run);
    const decoder = printed.decoders[name];
    const octets =
      typeof chunk === "string" && encoding !== "utf8" ? Buffer.from(chunk, encoding) : chunk;
    const text = withoutBookkeeping(
      typeof octets === "string" ? octets : decoder.write(Buffer.from(octets)),
    );
    if (text === "") return;
    const room = Math.max(0, LIMITS.printed - printed.used.printed);
    printed.used.printed += text.length;
    if (room > 0) this.publish(run, name, text.slice(0, room));
    if (room < text.length) this.tell(run, LIMITS.printed);
  }

  private tell(run: CellRun, limit: number): void {
    const printed = this.of(run);
    if (printed.told) return;
    printed.told = true;
    const text = `\n[This cell has printed more than ${limit} characters; the rest is not shown.]\n`;
    this.publish(run, "stderr", text);
  }

  private of(run: CellRun): Printed {
    const known = this.printed.get(run);
    if (known) return known;
    const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
    const fresh = { used: { printed: 0, shown: 0 }, told: false, decoders };
    this.printed.set(run, fresh);
    return fresh;
  }
}
