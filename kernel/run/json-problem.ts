/** What is wrong with a text that is no JSON, and where. V8 names no place, or a position only, as its version is. */

/** One line: `./data.json:3:7 is no JSON: Unexpected token 'o'`. */
export function jsonProblem(text: string, name: string): string {
  const before = text.slice(0, endOfGood(text)).split(/\r\n|[\n\r]/);
  const [line, column] = [before.length, (before.at(-1) ?? "").length + 1];
  const [problem] = (problemOf(text) ?? "").split(/,? (?:\.\.\.)?"| (?:in|after) JSON| \(line/);
  return `${name}:${line}:${column} is no JSON: ${problem}`;
}

/** How many UTF-16 units from its beginning on could go on to be JSON. */
function endOfGood(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isOpenEnded(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Whether nothing is wrong with a text but that it may not be all. */
function isOpenEnded(text: string): boolean {
  const problem = problemOf(text);
  if (problem === undefined) return true;
  const [, position] = problem.match(/ at position (\d+)/) ?? [];
  return /end of JSON|Unterminated string/.test(problem) || Number(position) === text.length;
}

function problemOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as SyntaxError).message;
  }
}
