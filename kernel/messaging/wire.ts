/**
 * Jupyter's wire protocol: one message as ZeroMQ frames, signed and checked.
 *
 * Source: "Messaging in Jupyter", section "The Wire Protocol".
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

export const PROTOCOL_VERSION = "5.4";

/** What Jupyter writes into the connection file that it names on the kernel's command line. */
export interface ConnectionInfo {
  transport: string;
  ip: string;
  key: string;
  signature_scheme: string;
  shell_port: number;
  control_port: number;
  stdin_port: number;
  iopub_port: number;
  hb_port: number;
}

export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  /** ISO 8601. */
  date: string;
  version: string;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type Content = { [key: string]: Json | undefined };

/** A message as it travels between the kernel's threads. */
export interface Message {
  /** ZeroMQ routing identities; for iopub the topic. */
  identities: Uint8Array[];
  header: Header;
  parent_header: Header | Record<string, never>;
  metadata: Content;
  content: Content;
  buffers: Uint8Array[];
}

const DELIMITER = Buffer.from("<IDS|MSG>");

export function newHeader(msg_type: string, session: string): Header {
  return {
    msg_id: randomUUID(),
    msg_type,
    session,
    username: "kernel",
    date: new Date().toISOString(),
    version: PROTOCOL_VERSION,
  };
}

/** Signs and cuts messages for one connection; an empty key switches signing off, as the protocol says. */
export class Wire {
  private readonly algorithm: string;

  constructor(
    private readonly key: string,
    scheme: string,
  ) {
    this.algorithm = scheme.replace(/^hmac-/, "") || "sha256";
  }

  encode(message: Message): (Uint8Array | string)[] {
    const parts = [message.header, message.parent_header, message.metadata, message.content].map(
      (part) => wellFormed(JSON.stringify(part)),
    );
    return [...message.identities, DELIMITER, this.sign(parts), ...parts, ...message.buffers];
  }

  /** @throws Error when the frames are not a message or its signature is not ours. */
  decode(frames: Buffer[]): Message {
    const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (delimiter < 0 || frames.length < delimiter + 6) throw new Error("not a Jupyter message");
    const [signature, ...rest] = frames.slice(delimiter + 1);
    const parts = rest.slice(0, 4);
    const expected = Buffer.from(this.sign(parts));
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

  private sign(parts: (string | Buffer)[]): string {
    if (this.key === "") return "";
    const hmac = createHmac(this.algorithm, this.key);
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
