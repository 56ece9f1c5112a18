/** What the compiler makes, and the main thread runs. */
import * as path from "node:path";

/** The function that guarded code calls in each turn of a loop; it throws after an interrupt. */
export const CHECK_INTERRUPT = "__checkInterrupt";

/** What guarded code calls before it waits, and what then gets that and what came; it throws after an interrupt. */
export const AWAITING = "__awaiting";
export const AWAITED = "__awaited";

/** The function that gets what a call gives that may be a promise, and where the call is; it gives it back. */
export const NOTE_PROMISE = "__notePromise";

/** The name that tslab gives to the file of the cell that it compiles. */
export const CELL_FILE = "__tslab__.ts";

/** Whether a file of a program is the cell. */
export function isCellFile(file: string): boolean {
  return path.basename(file) === CELL_FILE;
}

/** The name that tslab gives to the declarations of the cells before. */
export const PREVIOUS_CELLS = "__prev__.d.ts";

/** Whether a file of a program is what the cells before have declared, whichever of its endings is given. */
export function isEarlierCells(file: string): boolean {
  return (
    path.basename(file).replace(/(?:\.d)?\.ts$/, "") === path.basename(PREVIOUS_CELLS, ".d.ts")
  );
}

/** tslab puts one line in front of a cell, to make it a module. */
export const LINES_BEFORE_CELL = 1;

/** The export in which a cell leaves the value of its last expression, in an array. */
export const LAST_VALUE = "__lastValue";

/** What `import()` becomes. */
export const DYNAMIC_IMPORT = "__dynamicImport";

/** What `import.meta` becomes. */
export const IMPORT_META = "__importMeta";

/** The function by which a cell exports what it has imported: as it is when a later cell looks at it. */
export const EXPORT_IMPORT = "__exportImport";

/** The function that gets an error which the code has caught, and gives it back in the reader's names. */
export const READER_ERROR = "__readerError";

/** What the code of a cell or of a helper gets from the kernel, as the parameters of the function that it becomes. */
export const MODULE_PARAMETERS = [
  ...["exports", "require", CHECK_INTERRUPT, AWAITING, AWAITED, NOTE_PROMISE],
  ...[DYNAMIC_IMPORT, IMPORT_META, EXPORT_IMPORT, READER_ERROR],
];

/** The same of a function around that one: names that the code may declare for itself. */
export const OUTER_PARAMETERS = ["module", "__filename", "__dirname"];

/** JavaScript, and the way back to the text that the reader wrote. */
export interface CompiledModule {
  /** The absolute path of a helper; empty for a cell. */
  file: string;
  code: string;
  /** Source maps, the last pass first: a position goes through each in turn. */
  maps: string[];
  /** The reader's files that it imports, by the names under which it does. */
  imports: Record<string, string>;
  /** The names in its import declarations. */
  staticImports: string[];
  /** Whether it is a helper with an `await` at top level. */
  awaits?: boolean;
}

export interface CompiledCell {
  /** Absent where the cell has no code to run. */
  module?: CompiledModule;
  /** The reader's files that earlier cells have imported, and of which this one uses something. */
  used?: string[];
  /** Imported files that are new or have changed since the cell before. */
  helpers: CompiledModule[];
  /** What is wrong with the reader's tsconfig.json. */
  problem?: string;
  /** What is told once the cell has run, in a line each. */
  warnings?: string[];
  /** What this cell and those before have declared; absent where the cell cannot run. */
  declarations?: string;
  /** Why the cell cannot run: all errors of the cell and of its helpers. */
  errors?: { first: string; text: string };
}
