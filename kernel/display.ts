/** How a value shows itself: a MIME bundle, as execute_result and display_data carry it. */
import { inspect } from "node:util";
import type { MimeBundle } from "../interface/cell";
import { withoutBookkeeping } from "./async-bookkeeping";
import type { Content, Json } from "./wire";

const DISPLAY = Symbol.for("Jupyter.display");

/** A value may offer richer forms of itself: an object from MIME type to data, or a promise of one. */
interface Displayable {
  [DISPLAY]?: () => MimeBundle | Promise<MimeBundle>;
}

/** `text/plain` always, by `util.inspect`; beside it what the value's own `Symbol.for("Jupyter.display")` gives. */
export async function mimeBundle(value: unknown): Promise<Content> {
  const offer = (value as Displayable | null)?.[DISPLAY];
  const own = typeof offer === "function" ? await offer.call(value) : {};
  return { "text/plain": plainText(value), ...jsonBundle(own) };
}

function plainText(value: unknown): string {
  if (isProcessOutput(value)) return String(value).trimEnd();
  return withoutBookkeeping(inspect(value));
}

/** What zx says of a command that has ended; as a string, what the command printed. */
export interface ProcessOutput {
  exitCode: number | null;
  signal: string | null;
}

export function isProcessOutput(value: unknown): value is ProcessOutput {
  return Object.prototype.toString.call(value) === "[object ProcessOutput]";
}

/** The bundle as JSON: octets travel as base64. */
export function jsonBundle(bundle: MimeBundle): Content {
  return Object.fromEntries(
    Object.entries(bundle).map(([type, data]) => [
      type,
      data instanceof Uint8Array ? Buffer.from(data).toString("base64") : (data as Json),
    ]),
  );
}
