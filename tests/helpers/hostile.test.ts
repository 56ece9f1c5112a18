/**
 * What no argument and no order of calls may do: end the process, keep it from ending, or touch memory, octets or
 * descriptors that are not the socket's own. Every case of hostile/ runs in a process of its own.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { cases } from "./hostile/main";

const ROOT = join(__dirname, "..", "..");
const HANGS = 300_000;
/** So few descriptors that a case can use them all up. */
const LIMITED = 'ulimit -n 256; exec "$@"';

/** Compiles what the cases need, once for all of them: ts-node would take longer than most cases. */
function compile(into: string): string {
  const compilerOptions = {
    module: ModuleKind.CommonJS,
    target: ScriptTarget.ES2022,
    esModuleInterop: true,
    inlineSourceMap: true,
  };
  rmSync(into, { recursive: true, force: true });
  for (const folder of ["helpers", "interface", "tests/helpers/hostile"]) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => name.endsWith(".ts"))) {
      const fileName = join(ROOT, folder, file);
      const { outputText } = transpileModule(readFileSync(fileName, "utf8"), {
        compilerOptions,
        fileName,
      });
      const compiled = join(into, folder, file.replace(/ts$/, "js"));
      mkdirSync(dirname(compiled), { recursive: true });
      writeFileSync(compiled, outputText);
    }
  }
  return join(into, "tests", "helpers", "hostile", "main.js");
}

suite("hostile use", { concurrency: 2 }, () => {
  const program = compile(join(ROOT, ".build", "hostile"));
  for (const name of Object.keys(cases)) {
    test(name, async () => {
      const node = [process.execPath, "--expose-gc", "--enable-source-maps", program, name];
      const child = spawn("/bin/sh", ["-c", LIMITED, "sh", ...node], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [output, errors] = ["", ""];
      child.stdout.on("data", (text) => {
        output += text;
      });
      child.stderr.on("data", (text) => {
        errors += text;
      });
      const timer = setTimeout(() => child.kill("SIGKILL"), HANGS);
      const [status, signal] = await once(child, "close");
      clearTimeout(timer);
      assert.deepEqual(
        { status, signal, output },
        { status: 0, signal: null, output: "survived\n" },
        `exited with ${status}, signal ${signal}:\n${output}${errors}`,
      );
    });
  }
});
