/** The requests that are answered without any code of the reader, also while a cell computes. */
import type { CompilerClient } from "../compile/client";
import type { Remote } from "../remote";
import type { History } from "./history";
import type { Content, Json, Message } from "./message";

/** What it takes to answer them. */
export interface Answering {
  kernelInfo: Content;
  compiler: Pick<Remote<CompilerClient>, "complete" | "inspect" | "isComplete">;
  history: History;
  interrupt(): void;
  /** Ends the kernel, soon: the reply is sent before. */
  shutDown(request: Message, reply: Content): void;
}

/** Returns the content of a request's reply. */
export type Handler = (request: Message) => object | Promise<object>;

/** One entry a request type. */
export function requestHandlers(answering: Answering): Map<string, Handler> {
  const { kernelInfo, compiler, history } = answering;
  const handlers: Record<string, Handler> = {
    kernel_info_request: () => kernelInfo,

    is_complete_request: ({ content }) => compiler.isComplete(text(content.code)),

    complete_request: ({ content }) => {
      const code = text(content.code);
      return compiler.complete(code, utf16Position(code, content.cursor_pos));
    },

    inspect_request: ({ content }) => {
      const code = text(content.code);
      return compiler.inspect(code, utf16Position(code, content.cursor_pos));
    },

    history_request: ({ content }) => history.answer(content),

    comm_info_request: () => ({ status: "ok", comms: {} }),

    interrupt_request: () => {
      answering.interrupt();
      return { status: "ok" };
    },

    shutdown_request: (request) => {
      const reply = { status: "ok", restart: request.content.restart === true };
      answering.shutDown(request, reply);
      return reply;
    },

    debug_request: ({ content }) => ({
      type: "response",
      success: false,
      command: content.command,
      request_seq: content.seq,
      seq: 0,
      message: "This kernel has no debugger.",
    }),
  };
  return new Map(Object.entries(handlers));
}

function text(value: Json | undefined): string {
  if (typeof value !== "string") throw new TypeError("the request's code is not a string");
  return value;
}

/** Jupyter counts Unicode code points, TypeScript UTF-16 units. A request without a cursor means the end. */
export function utf16Position(code: string, cursor: Json | undefined): number {
  if (typeof cursor !== "number") return code.length;
  return [...code].slice(0, cursor).join("").length;
}
