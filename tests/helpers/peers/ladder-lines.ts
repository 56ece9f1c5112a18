/**
 * The lines of a ladder's text, as a test writes them.
 *
 * @module
 */

/** Without the head and the times: what one side did, what travelled, what the other side did. */
export function ladderLines(text: string): string[] {
  const [head, ...rest] = text.split("\n");
  const bars = [...head.matchAll(/\|/g)].map(({ index }) => index);
  return rest.map((line) =>
    [
      line.slice(bars[0] + 2, bars[1] - 1),
      line.slice(bars[1] + 2, bars[2] - 1),
      line.slice(bars[2] + 2),
    ]
      .map((cell) => cell.trim())
      .join(" | ")
      .trim(),
  );
}
