/** What the reader's code prints and shows, on its way to the cell that started the work. */
import { StringDecoder } from "node:string_decoder";
import { withoutBookkeeping } from "./async-bookkeeping";
import { type CellRun, currentRun, type Publish, runInCell } from "./cell-run";
import { type Kind, LIMITS, OutputLimits } from "./output-limits";

type StreamName = "stdout" | "stderr";

/** Of one run. */
interface Streams {
  limits: OutputLimits;
  decoders: Record<StreamName, StringDecoder>;
}

export class Output {
  readonly #publish: Publish;
  readonly #streams = new WeakMap<CellRun, Streams>();
  /** Who waits for a write. */
  readonly #callbacks: { run?: CellRun; callback: () => void; times: number }[] = [];
  #newest: CellRun | undefined;

  constructor(publish: Publish) {
    this.#publish = publish;
  }

  /** The newest run, which takes what no cell can be found for. */
  get newest(): CellRun | undefined {
    return this.#newest;
  }

  begin(run: CellRun): void {
    this.#newest = run;
  }

  /** Takes over `process.stdout` and `process.stderr`, through which `console` prints as well. */
  install(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const write = (
        chunk: string | Uint8Array,
        encoding?: BufferEncoding | ((error?: Error) => void),
        done?: (error?: Error) => void,
      ): boolean => {
        this.#print(name, chunk, typeof encoding === "string" ? encoding : "utf8");
        const callback = typeof encoding === "function" ? encoding : done;
        if (callback) this.#callBack(callback);
        return true;
      };
      process[name].write = write as typeof process.stdout.write;
    }
  }

  /** Publishes an error or what the run shows, if there is room for it. */
  show(run: CellRun, msg_type: string, content: object): void {
    if (this.#hasRoom(run, msg_type, content)) this.#publish(run, msg_type, content);
  }

  #hasRoom(run: CellRun, msg_type: string, content: object): boolean {
    switch (msg_type) {
      case "error":
        return this.#takeWhole(run, "printed", 0);
      case "display_data":
        return this.#takeWhole(run, "shown", JSON.stringify(content).length);
      case "execute_result":
      case "update_display_data": {
        // One replaces another, so that there may be any number; but each takes its room.
        const fits = JSON.stringify(content).length <= LIMITS.shown;
        if (!fits) this.#notice(run, "shown");
        return fits;
      }
      default:
        return true;
    }
  }

  #takeWhole(run: CellRun, kind: Kind, units: number): boolean {
    const hasRoom = this.#of(run).limits.takeWhole(kind, units);
    if (!hasRoom) this.#notice(run, kind);
    return hasRoom;
  }

  #print(name: StreamName, chunk: string | Uint8Array, encoding: BufferEncoding): void {
    const run = currentRun() ?? this.#newest;
    if (!run) return;
    const { limits, decoders } = this.#of(run);
    const octets =
      typeof chunk === "string" && encoding !== "utf8" ? Buffer.from(chunk, encoding) : chunk;
    const text = withoutBookkeeping(
      typeof octets === "string" ? octets : decoders[name].write(Buffer.from(octets)),
    );
    if (text === "") return;
    const room = limits.take(text.length);
    if (room > 0) this.#publishText(run, name, text.slice(0, room));
    if (room < text.length) this.#notice(run, "printed");
  }

  #notice(run: CellRun, kind: Kind): void {
    const notice = this.#of(run).limits.notice(kind);
    if (notice) this.#publishText(run, "stderr", notice);
  }

  #publishText(run: CellRun, name: StreamName, text: string): void {
    this.#publish(run, "stream", { name, text });
  }

  /** Calls what waits for a write: a tick for each line of a long loop would fill the memory. */
  #callBack(callback: () => void): void {
    if (this.#callbacks.length === 0) process.nextTick(() => this.#callAll());
    const run = currentRun();
    const last = this.#callbacks.at(-1);
    // `console` waits with one and the same function.
    if (last?.callback === callback && last.run === run) last.times += 1;
    else this.#callbacks.push({ run, callback, times: 1 });
  }

  #callAll(): void {
    for (const { run, callback, times } of this.#callbacks.splice(0)) {
      const repeat = () => {
        for (let n = 0; n < times; n += 1) callback();
      };
      if (run) runInCell(run, repeat);
      else repeat();
    }
  }

  #of(run: CellRun): Streams {
    const known = this.#streams.get(run);
    if (known) return known;
    const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
    const fresh = { limits: new OutputLimits(), decoders };
    this.#streams.set(run, fresh);
    return fresh;
  }
}
