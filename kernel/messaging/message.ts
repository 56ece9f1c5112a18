/** A message of Jupyter's protocol, as it travels between the kernel's threads. Source: "Messaging in Jupyter". */
import { randomUUID } from "node:crypto";

export const PROTOCOL_VERSION = "5.4";

export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  /** ISO 8601. */
  date: string;
  version: string;
}

/** A message that answers no request has an empty one. */
export type ParentHeader = Header | Record<string, never>;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type Content = { [key: string]: Json | undefined };

export interface Message {
  /** ZeroMQ routing identities; for iopub the topic. */
  identities: Uint8Array[];
  header: Header;
  parent_header: ParentHeader;
  metadata: Content;
  content: Content;
  buffers: Uint8Array[];
}

interface Envelope {
  session: string;
  msg_type: string;
  parent: ParentHeader;
  /** Whom it is for; otherwise it is published, and its type is the topic. */
  identities?: Uint8Array[];
}

/** A message of this kernel; `content` must be what JSON can hold. */
export function newMessage(envelope: Envelope, content: object): Message {
  const { session, msg_type, parent } = envelope;
  return {
    // Not Buffer.from: with a view, all of the memory goes to another thread that it shares, 64 KiB for each line.
    identities: envelope.identities ?? [new TextEncoder().encode(msg_type)],
    header: {
      msg_id: randomUUID(),
      msg_type,
      session,
      username: "kernel",
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    },
    parent_header: parent,
    metadata: {},
    content: content as Content,
    buffers: [],
  };
}
