/**
 * The session to which a kernel belongs: all kernels that one Jupyter server has started, or another program in its
 * place. Readers who share a user, or containers that share a folder, are in different ones.
 *
 * @module
 */

"use deferred interrupts";

import { readFileSync, readlinkSync } from "node:fs";

/** Names this process's space of process numbers, outside of which they mean nothing; 0 where a system has only one. */
export function processSpace(): string {
  return read(() => /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0]);
}

/** A name for the session that no other has on this machine, whoever runs it. */
export function sessionName(): string {
  // A front end may start kernels by way of another program.
  const starter = process.env.JPY_PARENT_PID ?? String(process.ppid);
  return `${processSpace()}-${starter}-${startOf(starter)}`;
}

/** When a process began, in the system's ticks since it was started; proc_pid_stat(5) has it as field 22. */
function startOf(pid: string): string {
  return read(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // A program's name may have spaces and parentheses.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  });
}

function read(value: () => string | undefined): string {
  try {
    return value() ?? "0";
  } catch {
    return "0";
  }
}
