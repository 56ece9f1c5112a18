/**
 * Runs all tests, in lanes side by side, and prints what each folder's tests have said as soon as they are done.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");

/** The ports of the lessons are fixed: where all are on the network of the machine, these are one after another. */
const RUNNING_LESSONS = hasOwnNetworks()
  ? [["notebooks"], ["browser", "programs"]]
  : [["notebooks", "browser", "programs"]];

/** In each first what waits most, so that at the end both processors have work. */
const LANES = [
  ["fuzz", "reference", "helpers"],
  ["tools"],
  ["kernel"],
  ["class", "handouts"],
  ...RUNNING_LESSONS,
];

/**
 * The folders whose tests in Python mostly wait, so that two processes share them, and how: a file is not divided, or
 * what has the same mark.
 */
const SHARED: Record<string, string> = {
  class: "loadfile",
  kernel: "loadfile",
  notebooks: "loadgroup",
  tools: "loadfile",
};

/** It sets everything up anew, which takes long however short the file is. */
const LONGEST = "test_image.py";

/** Run by `make soak`, and as CONTRIBUTING.md says. */
const ELSEWHERE = ["soak", "image"];

/** A runner of tests: the tests in a folder that it can run, and its command. */
interface Runner {
  readonly name: string;
  isTest(file: string): boolean;
  command(files: string[], folder: string): string[];
}

/** Set by Ctrl-C: whatever runs ends by itself, and nothing more is started. */
let interrupted = false;

/** What those have said that failed: it is said again at the end, where it is looked for. */
const complaints: Buffer[] = [];

const RUNNERS: Runner[] = [
  {
    name: "TypeScript",
    isTest: (file) => file.endsWith(".test.ts"),
    command: (files, folder) => [
      process.execPath,
      ...["--require", "ts-node/register/transpile-only", "--test", "--test-reporter=spec"],
      // In two folders the files have nothing to do with each other.
      `--test-concurrency=${["helpers", "kernel"].includes(folder) ? 2 : 1}`,
      ...["--test-timeout=2400000", ...files],
    ],
  },
  {
    name: "Python",
    isTest: (file) => /^test_.*\.py$/.test(file),
    command: (files, folder) => [
      ...[join(ROOT, ".venv", "bin", "python"), "-m", "pytest"],
      ...(folder in SHARED
        ? [
            ...["--numprocesses=2", `--dist=${SHARED[folder]}`, "--no-loadscope-reorder"],
            "--max-worker-restart=0", // with another in the place of one that was ended, the run would not end
          ]
        : []),
      ...files,
    ],
  },
];

/** Whether each lesson has a network of its own here. */
function hasOwnNetworks(): boolean {
  return spawnSync(PYTHON, [join(ROOT, "tools", "network.py"), "true"]).status === 0;
}

/** Runs a command to its end; prints all that it said; whether it succeeded. */
function run(title: string, [command, ...rest]: string[]): Promise<boolean> {
  const begun = Date.now();
  console.log(`test: ${title} …`);
  return new Promise((done) => {
    // In this process's group, so that Ctrl-C reaches them all.
    const child = spawn(command, rest, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => said.push(chunk));
    child.on("error", (error) => said.push(Buffer.from(`${error.message}\n`)));
    child.on("close", (status) => {
      const seconds = Math.round((Date.now() - begun) / 1000);
      const result = `test: ${title} ${status === 0 ? "passed" : "FAILED"} in ${seconds} s\n\n`;
      said.push(Buffer.from(result));
      for (const part of said) process.stdout.write(part);
      if (status !== 0) complaints.push(...said);
      done(status === 0);
    });
  });
}

/** Runs a folder's tests, each runner's beside the other's; whether all passed. */
async function runFolder(folder: string): Promise<boolean> {
  // Where two share a folder, those that begin last should be short ones.
  const length = (file: string) =>
    file === LONGEST ? Infinity : statSync(join(ROOT, "tests", folder, file)).size;
  const found = readdirSync(join(ROOT, "tests", folder)).sort((a, b) => length(b) - length(a));
  const passed = await Promise.all(
    RUNNERS.map(({ name, isTest, command }) => {
      const files = found.filter(isTest).map((file) => join("tests", folder, file));
      return files.length === 0 || run(`tests/${folder}, ${name}`, command(files, folder));
    }),
  );
  return !passed.includes(false);
}

/** Runs the tests of these folders one after another; the folders where some failed. */
async function runLane(folders: string[]): Promise<string[]> {
  const failed: string[] = [];
  for (const folder of folders) {
    if (interrupted) break;
    if (!(await runFolder(folder))) failed.push(`tests/${folder}`);
  }
  return failed;
}

/** Folders of tests that no lane has: a new one must not be forgotten. */
function strays(): string[] {
  return readdirSync(join(ROOT, "tests"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("__"))
    .map(({ name }) => name)
    .filter((name) => ![...LANES.flat(), ...ELSEWHERE].includes(name));
}

async function main(): Promise<void> {
  const missing = LANES.flat().filter((folder) => !existsSync(join(ROOT, "tests", folder)));
  if (missing.length + strays().length > 0) {
    throw new Error(
      `tools/test.ts names other folders than tests/ has: ${[...missing, ...strays()]}`,
    );
  }
  const failed = (await Promise.all(LANES.map(runLane))).flat();
  for (const part of complaints) process.stdout.write(part);
  if (interrupted) console.log("Interrupted: not all tests have run.");
  else console.log(failed.length === 0 ? "All tests passed." : `Failed: ${failed.join(", ")}`);
  process.exitCode = interrupted ? 130 : Math.min(failed.length, 1);
}

process.on("SIGINT", () => {
  interrupted = true;
});

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
