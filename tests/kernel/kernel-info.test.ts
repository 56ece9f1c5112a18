/** What the kernel says of itself. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kernelInfo } from "../../kernel/messaging/kernel-info";

const { name, version } = JSON.parse(
  readFileSync(join(__dirname, "..", "..", "package.json"), "utf8"),
);

test("the implementation is this project, in its own version; the language is TypeScript in its", () => {
  const versions = { kernel: version, tslab: "1.0.22", typescript: "5.9.3", node: "v20.0.0" };
  const info = kernelInfo(versions);
  assert.deepEqual([info.implementation, info.implementation_version], [name, version]);
  assert.deepEqual(info.language_info, {
    name: "typescript",
    version: "5.9.3",
    mimetype: "text/typescript",
    file_extension: ".ts",
    codemirror_mode: "typescript",
    nbconvert_exporter: "script",
  });
});
