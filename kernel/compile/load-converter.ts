/** Loads tslab's converter with our TypeScript where it expects its fork. In the bundle, tools/bundle.ts does this. */
import { createRequire, Module } from "node:module";

const CONVERTER = "./converter";
const FORK = "@tslab/typescript-for-tslab";

/** The converter's module, on `typescript`: the first that is given, for as long as the process lives. */
export function loadConverter(typescript: object): unknown {
  const tslabRequire = createRequire(require.resolve("tslab"));
  const fork = tslabRequire.resolve(FORK);
  const stub = new Module(fork);
  stub.exports = typescript;
  stub.loaded = true;
  require.cache[fork] = stub;
  return tslabRequire(CONVERTER);
}
