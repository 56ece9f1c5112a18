/**
 * The kernel's three threads and what they say to each other.
 *
 * - The *main* thread runs the reader's code, and nothing else may hold it up.
 * - The *messaging* thread owns the ZeroMQ sockets, so that output and interrupts pass while a cell computes.
 * - The *compiler* thread owns tslab's converter, so that completion answers while a cell computes.
 */
import type { MessagePort } from "node:worker_threads";
import type { ConnectionInfo, Message } from "./messaging/wire";

export type Channel = "shell" | "control" | "stdin" | "iopub";

/** From messaging to main. Interrupts are numbered from 1, so that each is obeyed once. */
export type ToMain =
  | { type: "execute"; message: Message; arrived: number }
  | { type: "interrupt"; number: number };

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
  /** A file that is to be deleted when the kernel ends. */
  | { type: "temporary"; file: string };

export interface MessagingData {
  connection: ConnectionInfo;
  session: string;
  /** What kernel_info_reply says of the language and the kernel; also its banner. */
  typescriptVersion: string;
  kernelVersion: string;
  compiler: MessagePort;
  /** Where `prompt` waits for its answer on the main thread. */
  input: MessagePort;
  flags: SharedArrayBuffer;
}

/** Places in `MessagingData.flags`, 32-bit integers that a thread may read while another computes. */
export const FLAG = {
  /** The number of the last interrupt that no one has obeyed, or 0. */
  interrupt: 0,
  /** Becomes 1 when an answer to `prompt` has been posted. */
  input: 1,
  length: 2,
} as const;
