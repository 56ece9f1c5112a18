/**
 * What Node 20 and 22 write on every promise and timer that a cell makes, and `util.inspect` shows. Of each
 * `AsyncLocalStorage` that anybody has used there is a note, mostly of nothing.
 */
const BOOKKEEPING =
  /,?\s*\[Symbol\((?:async_id_symbol|trigger_async_id_symbol|asyncId|triggerId|kResourceStore)\)\]: (?:\d+|\[?CellRun\]?|undefined)/g;

/** The text without Node's notes on which cell an object belongs to. */
export function withoutBookkeeping(text: string): string {
  if (!text.includes("[Symbol(")) return text;
  // Without them a promise that waits fits on one line again.
  return text
    .replace(BOOKKEEPING, "")
    .replace(/Promise \{\n\s+([^\n]{1,60})\n\s*\}/g, "Promise { $1 }");
}
