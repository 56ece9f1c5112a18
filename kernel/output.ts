/** What the reader's code prints, on its way to the cell that started the work. */
import { StringDecoder } from "node:string_decoder";
import { withoutBookkeeping } from "./async-bookkeeping";
import { type CellRun, currentRun } from "./cell-run";

type StreamName = "stdout" | "stderr";

/** How much one run of a cell may print, in UTF-16 units: more would stop the reader's browser. */
const LIMIT = 4_000_000;

interface Printed {
  units: number;
  withheld: number;
  decoders: Record<StreamName, StringDecoder>;
}

export class Output {
  private readonly printed = new WeakMap<CellRun, Printed>();
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
        if (callback) process.nextTick(callback);
        return true;
      };
      process[name].write = write as typeof process.stdout.write;
    }
  }

  begin(run: CellRun): void {
    this.newest = run;
  }

  /** Says, once the run has ended, how much of its output was withheld. */
  end(run: CellRun): void {
    const printed = this.printed.get(run);
    if (!printed?.withheld) return;
    const text = `\n[The cell printed more than ${LIMIT} characters; ${printed.withheld} are not shown.]\n`;
    printed.withheld = 0;
    this.publish(run, "stderr", text);
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
    const room = Math.max(0, LIMIT - printed.units);
    printed.units += text.length;
    printed.withheld += Math.max(0, text.length - room);
    if (room > 0) this.publish(run, name, text.slice(0, room));
  }

  private of(run: CellRun): Printed {
    const known = this.printed.get(run);
    if (known) return known;
    const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
    const fresh = { units: 0, withheld: 0, decoders };
    this.printed.set(run, fresh);
    return fresh;
  }
}
