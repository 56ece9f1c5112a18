/**
 * Runs one hostile case, in a process of its own:
 *
 *     node --expose-gc main.js CASE
 *
 * A case is survived if the process then ends by itself, with status 0, having written `survived`.
 *
 * @module
 */
import * as addresses from "./addresses";
import * as buffers from "./buffers";
import type { Case } from "./case";
import * as lengths from "./lengths";
import * as lives from "./lives";
import * as meanwhile from "./meanwhile";
import * as options from "./options";
import * as properties from "./properties";

export const cases: Record<string, Case> = Object.assign(
  {},
  ...[lengths, buffers, meanwhile, options, addresses, lives, properties].map(({ cases }) => cases),
);

if (require.main === module) {
  const chosen = cases[process.argv[2]];
  if (chosen === undefined) throw new Error(`no such case: ${process.argv[2]}`);
  void chosen().then(() => console.log("survived"));
}
