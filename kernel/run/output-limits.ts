/** How much one run of a cell may print, and show in other ways: more would stop the reader's browser. */

/**
 * In UTF-16 units, each up to three octets on the way. Errors count as printed. A Jupyter server drops all of what
 * would make more than 3,000,000 octets of printed text in 3 seconds; so the kernel stops before.
 */
export const LIMITS = { printed: 900_000, shown: 16_000_000 };

/** What an error or a display counts at least: ten thousand small ones are too many as well. */
export const LEAST = 1000;

export type Kind = keyof typeof LIMITS;

/** What one run has used of it. */
export class OutputLimits {
  readonly #used = { printed: 0, shown: 0 };
  #told = false;

  /** Counts a text; returns how much of it there is room for, in UTF-16 units. */
  take(units: number): number {
    const room = Math.max(0, LIMITS.printed - this.#used.printed);
    this.#used.printed += units;
    return Math.min(room, units);
  }

  /** Counts an error or a display, which cannot be shown in part; whether there is room for it. */
  takeWhole(kind: Kind, units: number): boolean {
    const counted = Math.max(LEAST, units);
    const hasRoom = this.#used[kind] + counted <= LIMITS[kind];
    this.#used[kind] += counted;
    return hasRoom;
  }

  /** What tells the reader that something is missing; undefined when that was told already. */
  notice(kind: Kind): string | undefined {
    if (this.#told) return undefined;
    this.#told = true;
    return `\n[This cell has ${kind} more than ${LIMITS[kind]} characters; the rest is not shown.]\n`;
  }
}
