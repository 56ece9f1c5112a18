/** The cells that this session has run, for history_request. */
import type { Content, Json } from "./message";

const SESSION = 1;

interface Entry {
  line: number;
  input: string;
}

export class History {
  readonly #entries: Entry[] = [];

  add(executeInput: Content): void {
    this.#entries.push({
      line: Number(executeInput.execution_count),
      input: String(executeInput.code),
    });
  }

  /** Content of a history_reply; `hist_access_type` is range, tail or search. */
  answer(request: Content): Content {
    const history = this.#select(request).map(
      ({ line, input }): Json =>
        request.output === true ? [SESSION, line, [input, null]] : [SESSION, line, input],
    );
    return { status: "ok", history };
  }

  #select(request: Content): Entry[] {
    const last = (entries: Entry[]) =>
      typeof request.n === "number" ? entries.slice(-request.n || entries.length) : entries;
    switch (request.hist_access_type) {
      case "range": {
        const start = Number(request.start ?? 0);
        const stop = Number(request.stop ?? Number.POSITIVE_INFINITY);
        const isCurrent = [0, SESSION].includes(Number(request.session ?? 0));
        return isCurrent ? this.#entries.filter(({ line }) => line >= start && line < stop) : [];
      }
      case "search": {
        const pattern = globPattern(String(request.pattern ?? "*"));
        const matching = this.#entries.filter(({ input }) => pattern.test(input));
        const unique = new Map(matching.map((entry) => [entry.input, entry]));
        return last(request.unique === true ? [...unique.values()] : matching);
      }
      default:
        return last(this.#entries);
    }
  }
}

/** `*` and `?` as in file names; all else stands for itself. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}
