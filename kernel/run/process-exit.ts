/** A cell must not take the kernel away from the cells around it. */
export function refuseExit(): void {
  process.exit = (code?: number | string | null): never => {
    throw new Error(
      `process.exit(${code ?? ""}) ends this cell only; the kernel goes on, with all its names and sockets. ` +
        "To end the kernel, choose Shut Down Kernel in the Kernel menu.",
    );
  };
}
