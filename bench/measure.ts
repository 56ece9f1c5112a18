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
}

export interface Measurement {
  /** What is measured, with what one round consists of. */
  readonly title: string;
  readonly unit: string;
  readonly better: "less" | "more";
  readonly contestants: readonly Contestant[];
  /** How many rounds each contestant has: at least 5, odd. */
  readonly rounds: number;
  /** The name of the contestant to which the ratios are. */
  readonly baseline: string;
  /** What the named contestant is to reach: at most (less is better) or at least this times the baseline. */
  readonly target: { readonly contestant: string; readonly ratio: number };
}

const WARM_UP = 3;

/** Runs a measurement, after some rounds to warm up that do not count, and prints its table. */
export async function measure(measurement: Measurement): Promise<void> {
  const figures = new Map(measurement.contestants.map(({ name }) => [name, [] as number[]]));
  for (let round = -WARM_UP; round < measurement.rounds; round++) {
    for (let turn = 0; turn < measurement.contestants.length; turn++) {
      const { name, round: run } =
        measurement.contestants[(WARM_UP + round + turn) % measurement.contestants.length];
      const figure = await run();
      if (round >= 0) figures.get(name)?.push(figure);
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
  const { baseline, target, better } = measurement;
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
      const reached = better === "less" ? ratio <= target.ratio : ratio >= target.ratio;
      row[5] = `${better === "less" ? "<=" : ">="} ${target.ratio.toFixed(1)}`;
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
  return `${measurement.title}: median of ${measurement.rounds}, ${better} is better\n  ${lines.join("\n  ")}`;
}

function digits(figure: number): string {
  return figure >= 1000 ? figure.toFixed(0) : figure.toPrecision(3);
}
