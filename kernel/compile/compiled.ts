/** What the compiler thread makes, and the main thread runs. */

/** The function that guarded code calls in each turn of a loop; it throws after an interrupt. */
export const CHECK_INTERRUPT = "__checkInterrupt";

/** The function that gets what a call gives that may be a promise, and where the call is; it gives it back. */
export const NOTE_PROMISE = "__notePromise";

/** The name that tslab gives to the file of the cell that it compiles. */
export const CELL_FILE = "__tslab__.ts";

/** The name that tslab gives to the declarations of the cells before. */
export const PREVIOUS_CELLS = "__prev__.d.ts";

/** tslab puts one line in front of a cell, to make it a module. */
export const LINES_BEFORE_CELL = 1;

/** The export in which a cell leaves the value of its last expression, in an array. */
export const LAST_VALUE = "__lastValue";

/** What a cell's code gets from the kernel, as the parameters of the function that it becomes. */
export const CELL_PARAMETERS = ["exports", "require", CHECK_INTERRUPT, NOTE_PROMISE];

/** JavaScript, and the way back to the text that the reader wrote. */
export interface CompiledModule {
  /** The absolute path of a helper; empty for a cell. */
  file: string;
  code: string;
  /** Source maps, the last pass first: a position goes through each in turn. */
  maps: string[];
}

export interface CompiledCell {
  /** Absent where the cell has no code to run. */
  module?: CompiledModule;
  /** Imported files that are new or have changed since the cell before. */
  helpers: CompiledModule[];
  /** Why the cell cannot run: all errors of the cell and of its helpers. */
  errors?: { first: string; text: string };
}
