/**
 * Compares contestants side by side: the rounds of all are interleaved, so that whatever else the machine does
 * hits all alike, and the medians are printed as a table, with their ratios to one of them.
 *
 * @module
 */

/** Somebody who can do the measured work. */
export interface Contestant {
  readonly name: string;
  /** Does one round, and gives its figure in the measurement's unit. */
  round(): Promise<number>;
  /** Starts its processes, anew if they run already. */
  start?(): Promise<void>;
}

export interface Measurement {
  /** What is measured, with what one round consists of. */
  readonly title: string;
  readonly unit: string;
  readonly better: "less" | "more";
  readonly contestants: readonly Contestant[];
  /** How many rounds each contestant has: odd, and at least 5 unless one takes minutes. */
  readonly rounds: number;
  /**
   * How many times the contestants are started anew, each time for all rounds; once unless told. Where the system
   * places a process, and in which order its code is compiled, makes a tenth of difference for as long as it runs.
   */
  readonly starts?: number;
  /** Whether a round is all contestants' at once: where waiting is what takes the time, and nothing is timed. */
  readonly together?: boolean;
  /** The name of the contestant to which the ratios are. */
  readonly baseline: string;
  /** How many rounds to warm up, which do not count, each contestant has before; 3 unless told. */
  readonly warmUp?: number;
  /**
   * What the named contestant is to reach: at most (less is better) or at least `ratio` times the baseline, or times
   * the contestant `to`, or a `figure` in the measurement's unit.
   */
  readonly target: {
    readonly contestant: string;
    readonly ratio?: number;
    readonly to?: string;
    readonly figure?: number;
  };
}

/** Runs a measurement and prints its table. */
export async function measure(measurement: Measurement): Promise<void> {
  const { contestants, warmUp = 3, rounds, starts = 1, together = false } = measurement;
  const figures = new Map(contestants.map(({ name }) => [name, [] as number[]]));
  for (let start = 0; start < starts; start++) {
    for (const contestant of contestants) await contestant.start?.();
    for (let round = -warmUp; round < rounds; round++) {
      const turns = contestants.map(
        (_, turn) => contestants[(warmUp + round + turn) % contestants.length],
      );
      const one = async ({ name, round: run }: Contestant) => {
        const figure = await run();
        if (round >= 0) figures.get(name)?.push(figure);
      };
      if (together) await Promise.all(turns.map(one));
      else for (const contestant of turns) await one(contestant);
    }
  }
  console.log(`\n${table(measurement, figures)}`);
}

/** The middle one of `figures`, or the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function table(measurement: Measurement, figures: ReadonlyMap<string, readonly number[]>): string {
  const { baseline, target, better, rounds, starts = 1 } = measurement;
  const base = median(figures.get(baseline) ?? []);
  const rows = [["", measurement.unit, "lowest", "highest", `x ${baseline}`, "target", ""]];
  for (const [name, of] of figures) {
    const ratio = median(of) / base;
    const row = [
      name,
      ...[median(of), Math.min(...of), Math.max(...of)].map(digits),
      ratio.toFixed(2),
      "",
      "",
    ];
    if (name === target.contestant) {
      const goal = goalOf(measurement, figures);
      const reached = better === "less" ? median(of) <= goal : median(of) >= goal;
      const times = target.to === undefined ? "" : ` x ${target.to}`;
      const shown =
        target.ratio === undefined
          ? `${target.figure} ${measurement.unit}`
          : `${target.ratio}${times}`;
      row[5] = `${better === "less" ? "<=" : ">="} ${shown}`;
      row[6] = reached ? "reached" : "MISSED";
    }
    rows.push(row);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
      )
      .join("  ")
      .trimEnd(),
  );
  return `${measurement.title}: median of ${starts * rounds}, ${better} is better\n  ${lines.join("\n  ")}`;
}

/** In the measurement's unit. */
function goalOf(
  { baseline, target }: Measurement,
  figures: ReadonlyMap<string, readonly number[]>,
): number {
  if (target.ratio === undefined) return target.figure ?? 0;
  return target.ratio * median(figures.get(target.to ?? baseline) ?? []);
}

function digits(figure: number): string {
  return figure >= 1000 ? figure.toFixed(0) : figure.toPrecision(3);
}
