/** What the kernel says of itself. */
import type { Versions } from "../threads";
import { type Content, PROTOCOL_VERSION } from "./message";

/** The package that this kernel belongs to: tslab is only its compiler. */
const IMPLEMENTATION = "sockets-in-typescript";

/** Content of a kernel_info_reply. */
export function kernelInfo({ kernel, typescript }: Versions): Content {
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: IMPLEMENTATION,
    implementation_version: kernel,
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      // As a text: clients in Rust take no other object here than IPython's own.
      codemirror_mode: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `TypeScript ${typescript} on Node ${process.versions.node}`,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest/api/" },
    ],
    supported_features: [],
  };
}
