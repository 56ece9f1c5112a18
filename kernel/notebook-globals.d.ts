/** What a cell finds in this kernel beside what Node offers. */

/**
 * Asks the reader in a field under the cell, and waits for the answer.
 *
 * @returns what was typed; `defaultValue`, or else the empty string, when that is nothing
 */
declare function prompt(message?: string, defaultValue?: string): string;

/**
 * Asks the reader to agree, and waits for the answer.
 *
 * @returns whether it was `y` or `yes`
 */
declare function confirm(message?: string): boolean;

/** Shows a message in a field under the cell, and waits for Enter. */
declare function alert(message?: string): void;
