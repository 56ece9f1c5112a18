/** What a cell finds in this kernel beside what Node offers. */

/**
 * Asks the reader in a field under the cell, and waits for the answer.
 *
 * @returns what was typed; `defaultValue`, or else the empty string, when that is nothing
 */
declare function prompt(message?: string, defaultValue?: string): string;
