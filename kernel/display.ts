/** How a value shows itself: a MIME bundle, as execute_result and display_data carry it. */
import { inspect } from "node:util";
import type { Content, Json } from "./wire";

const DISPLAY = Symbol.for("Jupyter.display");

/** A value may offer richer forms of itself: an object from MIME type to data, or a promise of one. */
interface Displayable {
  [DISPLAY]?: () => unknown;
}

/** `text/plain` always, by `util.inspect`; what the value's own `Symbol.for("Jupyter.display")` gives goes before it. */
export async function mimeBundle(value: unknown): Promise<Content> {
  const offer = (value as Displayable | null | undefined)?.[DISPLAY];
  const own: unknown = typeof offer === "function" ? await offer.call(value) : undefined;
  const bundle: Content = {};
  if (typeof own === "object" && own !== null) {
    for (const [type, data] of Object.entries(own)) bundle[type] = jsonData(data);
  }
  bundle["text/plain"] ??= inspect(value);
  return bundle;
}

/** Octets travel as base64. */
function jsonData(data: unknown): Json {
  return data instanceof Uint8Array ? Buffer.from(data).toString("base64") : (data as Json);
}
