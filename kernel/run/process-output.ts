/** What zx says of a command that has ended; as a string, what the command printed. */
export interface ProcessOutput {
  exitCode: number | null;
  signal: string | null;
}

export function isProcessOutput(value: unknown): value is ProcessOutput {
  return Object.prototype.toString.call(value) === "[object ProcessOutput]";
}
