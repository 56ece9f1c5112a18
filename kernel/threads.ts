/**
 * The kernel's threads and what they say to each other.
 *
 * - The *main* thread runs the reader's code, and nothing else may hold it up.
 * - The *messaging* thread owns the ZeroMQ sockets, so that output and interrupts pass while a cell computes. It speaks
 *   to the compiler, too, for itself and for the main thread.
 * - The *compiler* is a process that all kernels share, or else a thread (compile/client.ts).
 */
import type { MessagePort } from "node:worker_threads";
import type { Message } from "./messaging/message";

export type Channel = "shell" | "control" | "stdin" | "iopub";

/** From messaging to main. Interrupts are numbered from 1, so that each is obeyed once. */
export type ToMain = ExecuteRequest | { type: "interrupt"; number: number };

export interface ExecuteRequest {
  type: "execute";
  message: Message;
  /** When it came, in milliseconds since 1970. */
  arrived: number;
}

/** From main to messaging. */
export type ToMessaging =
  | {
      type: "send";
      channel: Channel;
      message: Message;
      /** This execute_input belongs in the history. */
      remember?: boolean;
    }
  /** The children that must not outlive the kernel, as `process.kill` names them. */
  | { type: "children"; pids: number[] }
  /** The named pipe that a cell waits to open, or none any more. */
  | { type: "opens"; file?: string }
  /** A file that is to be deleted when the kernel ends. */
  | { type: "temporary"; file: string };

export interface MessagingData {
  connection: ConnectionInfo;
  session: string;
  versions: Versions;
  /** Where the notebook is. */
  folder: string;
  /** Where the main thread calls the compiler. */
  compiler: MessagePort;
  /** Where `prompt` waits for its answer on the main thread. */
  input: MessagePort;
  flags: SharedArrayBuffer;
}

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

export interface Versions {
  /** Of the package that this kernel belongs to. */
  kernel: string;
  tslab: string;
  typescript: string;
  node: string;
}

/** The property of `globalThis` on the main thread through which the messaging thread ends what runs there. */
export const TERMINATE = Symbol.for("jupyter.terminate");

/** Places in the shared flags, 32-bit integers that a thread may read while another computes. */
export const FLAG = {
  /** The number of the last interrupt that no one has obeyed, or 0. */
  interrupt: 0,
  /** Becomes 1 when an answer to `prompt` has been posted. */
  input: 1,
  /** Is 1 while the main thread sleeps until a child has ended. */
  waitsForChild: 2,
  length: 3,
} as const;
