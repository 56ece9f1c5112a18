/**
 * Jupyter's wire protocol: one message as ZeroMQ frames, signed and checked.
 *
 * Source: "Messaging in Jupyter", section "The Wire Protocol".
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Content, Header, Message } from "./message";

const DELIMITER = Buffer.from("<IDS|MSG>");

/** Writes and reads the messages of one connection; an empty key switches signing off, as the protocol says. */
export class Wire {
  readonly #key: string;
  readonly #algorithm: string;

  /** @param scheme the connection's `signature_scheme`, for instance `hmac-sha256` */
  constructor(key: string, scheme: string) {
    this.#key = key;
    this.#algorithm = scheme.replace(/^hmac-/, "") || "sha256";
  }

  encode(message: Message): (Uint8Array | string)[] {
    const parts = [message.header, message.parent_header, message.metadata, message.content].map(
      (part) => wellFormed(JSON.stringify(part)),
    );
    return [...message.identities, DELIMITER, this.#sign(parts), ...parts, ...message.buffers];
  }

  /** @throws Error when the frames are not a message or its signature is not ours. */
  decode(frames: Buffer[]): Message {
    const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (delimiter < 0 || frames.length < delimiter + 6) throw new Error("not a Jupyter message");
    const [signature, ...rest] = frames.slice(delimiter + 1);
    const parts = rest.slice(0, 4);
    const expected = Buffer.from(this.#sign(parts));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw new Error("the message's signature does not match the connection's key");
    }
    const [header, parent_header, metadata, content] = parts.map((part) => parseObject(part));
    if (typeof header.msg_type !== "string" || typeof header.msg_id !== "string") {
      throw new Error("the message's header has no msg_type or msg_id");
    }
    return {
      identities: frames.slice(0, delimiter),
      header: header as unknown as Header,
      parent_header: parent_header as unknown as Header,
      metadata,
      content,
      buffers: rest.slice(4),
    };
  }

  #sign(parts: (string | Buffer)[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#algorithm, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
}

/** JSON without the escapes of lone surrogates, which are no Unicode text: no front end could store them. */
function wellFormed(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, "$1\ufffd");
}

function parseObject(part: Buffer): Content {
  const value: unknown = JSON.parse(part.toString("utf8"));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("a part of the message is not a JSON object");
  }
  return value as Content;
}
