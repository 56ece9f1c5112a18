/** How a value shows itself: a MIME bundle, as execute_result and display_data carry it. */
import { inspect, types } from "node:util";
import type { MimeBundle } from "../../interface/cell";
import type { Content, Json } from "../messaging/message";
import { withoutBookkeeping } from "./async-bookkeeping";
import { isProcessOutput } from "./process-output";

const DISPLAY = Symbol.for("Jupyter.display");

/** A value may offer richer forms of itself: an object from MIME type to data, or a promise of one. */
interface Displayable {
  [DISPLAY]?: () => MimeBundle | Promise<MimeBundle>;
}

/**
 * `text/plain` always, by `util.inspect`; beside it what the value's own `Symbol.for("Jupyter.display")` gives. A Proxy
 * is not asked, as it may answer whatever it is asked with a function.
 */
export async function mimeBundle(value: unknown): Promise<Content> {
  const offer = types.isProxy(value) ? undefined : (value as Displayable | null)?.[DISPLAY];
  const own: unknown = typeof offer === "function" ? await offer.call(value) : {};
  return { "text/plain": plainText(value), ...jsonBundle(own) };
}

function plainText(value: unknown): string {
  if (isProcessOutput(value)) return String(value).trimEnd();
  return withoutBookkeeping(inspect(value));
}

/**
 * The bundle as JSON: octets travel as base64.
 *
 * @throws TypeError for what is no bundle, or has data that JSON cannot hold
 */
export function jsonBundle(bundle: unknown): Content {
  if (typeof bundle !== "object" || bundle === null || Array.isArray(bundle)) {
    throw new TypeError(
      `display: an object from MIME type to data is needed, not ${inspect(bundle)}`,
    );
  }
  return Object.fromEntries(
    Object.entries(bundle).map(([type, data]) => [type, jsonData(type, data)]),
  );
}

function jsonData(type: string, data: unknown): Json {
  if (data instanceof Uint8Array) return Buffer.from(data).toString("base64");
  if (typeof data === "string") return data;
  try {
    return JSON.parse(JSON.stringify(data));
  } catch (cause) {
    throw new TypeError(`display: the data of ${type} cannot be written as JSON`, { cause });
  }
}
