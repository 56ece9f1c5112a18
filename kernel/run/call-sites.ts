/** Who has called: the frames of the stack as V8 has them. */

/** The frames below that of `callee`, the innermost first, `most` at most; what waits for them is none. */
export function callSites(callee: (...args: never[]) => unknown, most: number): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = most;
    Error.prepareStackTrace = (_error, sites) => sites.filter((site) => !site.isAsync());
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, callee);
    return holder.stack ?? [];
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
}
