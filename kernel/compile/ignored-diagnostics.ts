/** Which of TypeScript's errors are none to the reader: in a cell, and in a helper. */

/** "Could not find a declaration file for module": JavaScript needs none. */
const NO_DECLARATIONS = 7016;

/** "… implicitly has an 'any' type", whatever it is that has: in a cell, a type may be left out. */
const TYPE_LEFT_OUT = new Set([
  ...[2683, 7005, 7006, 7008, 7010, 7011, 7013, 7014, 7015],
  ...[NO_DECLARATIONS, 7017, 7018, 7019, 7020],
  ...[7022, 7023, 7024, 7025, 7031, 7032, 7033, 7034, 7041, 7051, 7052, 7053, 7055, 7057],
]);

/** "Cannot redeclare exported variable": a cell's are exported by the kernel, and may be declared by `var` twice. */
const REDECLARED = 2323;

/** Whether the error of this number is none, in a cell or else in a helper. */
export function isIgnored(code: number, isCell: boolean): boolean {
  return isCell ? TYPE_LEFT_OUT.has(code) || code === REDECLARED : code === NO_DECLARATIONS;
}
