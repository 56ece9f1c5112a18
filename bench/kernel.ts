/**
 * The same cells by this project's kernel, by stock tslab, by ipykernel, and by Deno's kernel where it is installed.
 *
 * For each, kernel/front_end.py starts the kernel and speaks to it as a notebook's page does.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Child } from "../tools/child";
import { joined, readNotebook } from "../tools/nbformat";
import { type Measurement, measure } from "./measure";

const ROOT = join(__dirname, "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");
const OURS = "this kernel";
const STOCK = "stock tslab";

/** What a kernel's language calls the things that are measured. */
interface Cells {
  /** One line that declares a name and has a value. */
  line(n: number): string;
  /** What a networking lesson imports. */
  imports: string;
  /** The first cell of a lesson: all that the lesson imports. */
  lesson: string;
  declare: string;
  /** A million writes to what `declare` declares; prints the milliseconds that they took. */
  write: string;
}

const typescript: Cells = {
  line: (n) => `const value${n}: number = ${n}; value${n} + 1`,
  imports:
    'import { $ } from "zx"; import { socket } from "../helpers/socket"; void $; void socket',
  lesson: importsOf("01-echo-client.ipynb"),
  declare: "let written = 0",
  write:
    "{ const begun = performance.now(); for (let i = 0; i < 1e6; i++) written = i; " +
    "console.log(performance.now() - begun) }",
};

/** The others do not take the helper: stock tslab's TypeScript is too old, and Deno has no koffi. */
const withoutHelper: Cells = {
  ...typescript,
  imports: 'import { $ } from "zx"; import * as net from "node:net"; void $; void net',
  lesson: 'import { $ } from "zx"; import * as net from "node:net"; void $; void net',
};

const python: Cells = {
  line: (n) => `value${n} = ${n}; value${n} + 1`,
  imports: "import subprocess, socket",
  lesson: "import subprocess, socket, time",
  declare: "written = 0; import time",
  write:
    "begun = time.perf_counter()\nfor i in range(10**6): written = i\n" +
    "print((time.perf_counter() - begun) * 1000)",
};

/** All that the cells of a notebook import, as one cell. */
function importsOf(notebook: string): string {
  return readNotebook(join(ROOT, "notebooks", notebook))
    .cells.filter(({ cell_type }) => cell_type === "code")
    .flatMap(({ source }) => joined(source).match(/^import [^;]*;/gm) ?? [])
    .join("\n");
}

interface Kernel {
  readonly command: readonly string[];
  readonly cells: Cells;
}

/** Does one round at a kernel; gives the figure in the measurement's unit. */
type Round = (kernel: RunningKernel) => Promise<number>;

interface Task
  extends Pick<Measurement, "title" | "unit" | "better" | "rounds" | "warmUp" | "together"> {
  readonly target: Omit<Measurement["target"], "contestant">;
  /** Due once, before the rounds. */
  prepare?(kernel: RunningKernel): Promise<unknown>;
  round: Round;
}

const FIRST = "1 + 1";
const MIB = 2 ** 20;

/** After so long, in milliseconds, a kernel has given back what it gives back by itself. */
const UNTIL_AT_REST = 20_000;

const held = { unit: "MiB", better: "less", rounds: 9, warmUp: 0 } as const;
const launched = { unit: "s", better: "less", rounds: 9, warmUp: 1 } as const;
const warm = {
  unit: "ms",
  better: "less",
  rounds: 41,
  warmUp: 20,
  target: { ratio: 0.45 },
  round: async (kernel: RunningKernel) => (await kernel.runNext()) * 1000,
} as const;

const tasks: Record<string, Task> = {
  "kernel-info": {
    ...launched,
    title: "From launch until kernel_info is answered",
    target: { ratio: 1.0, to: "ipykernel" },
    round: async (kernel) => (await kernel.launch(FIRST)).ready,
  },
  "kernel-first-result": {
    ...launched,
    title: "From launch until `1 + 1` has run",
    target: { figure: 0.55 },
    round: async (kernel) => (await kernel.launch(FIRST)).firstResult,
  },
  "kernel-first-processor": {
    ...launched,
    title: "Processor time from launch until `1 + 1` has run",
    target: { figure: 0.6 },
    round: async (kernel) => (await kernel.launch(FIRST)).processor,
  },
  "kernel-lesson-result": {
    ...launched,
    title: "From launch until a lesson's imports have run",
    target: { figure: 0.8 },
    round: async (kernel) => (await kernel.launch(kernel.cells.lesson)).firstResult,
  },
  "kernel-lesson-processor": {
    ...launched,
    title: "Processor time from launch until a lesson's imports have run",
    target: { figure: 0.9 },
    round: async (kernel) => (await kernel.launch(kernel.cells.lesson)).processor,
  },
  "kernel-line": {
    ...warm,
    title: "A warm cell of one line",
    prepare: (kernel) => kernel.launch(FIRST),
  },
  "kernel-line-imports": {
    ...warm,
    title: "A warm cell of one line, with zx and the socket helper imported",
    prepare: (kernel) => kernel.launch(kernel.cells.imports),
  },
  "kernel-lesson-memory": {
    ...held,
    title: "Memory after a lesson's imports",
    target: { figure: 110 },
    round: async (kernel) => {
      await kernel.launch(kernel.cells.lesson);
      return (await kernel.memory()) / MIB;
    },
  },
  "kernel-memory": {
    ...held,
    title: "Memory after 100 cells",
    target: { figure: 120 },
    round: async (kernel) => {
      await kernel.launch(FIRST);
      for (let n = 0; n < 100; n++) await kernel.runNext();
      return (await kernel.memory()) / MIB;
    },
  },
  "kernel-further-memory": {
    ...held,
    title: "Memory of a further kernel, after a lesson's imports",
    target: { figure: 90 },
    round: async (kernel) => {
      await kernel.launch(kernel.cells.lesson);
      const one = await kernel.memory();
      await kernel.further(kernel.cells.lesson);
      return ((await kernel.memory()) - one) / MIB;
    },
  },
  "kernel-rest-memory": {
    ...held,
    title: "Memory at rest, after a lesson's imports and 100 cells",
    together: true,
    target: { figure: 110 },
    round: async (kernel) => {
      await kernel.launch(kernel.cells.lesson);
      for (let n = 0; n < 100; n++) await kernel.runNext();
      await setTimeout(UNTIL_AT_REST);
      return (await kernel.memory()) / MIB;
    },
  },
  "kernel-variable": {
    title: "A write to a top-level variable in a loop of a million",
    unit: "ns",
    better: "less",
    rounds: 9,
    target: { figure: 30 },
    prepare: async (kernel) => {
      await kernel.launch(kernel.cells.declare);
    },
    // Milliseconds for a million are nanoseconds for one.
    round: async (kernel) => Number(await kernel.print(kernel.cells.write)),
  },
};

/** What can be measured. */
export const names = Object.keys(tasks);

/** Measures those of `names` that are chosen. */
export async function run(chosen: readonly string[]): Promise<void> {
  const kernels = contestants();
  for (const name of chosen) {
    const { prepare, round, target, ...shown } = tasks[name];
    const running = new Map<string, RunningKernel>();
    try {
      for (const [contestant, kernel] of kernels) {
        const started = new RunningKernel(kernel);
        running.set(contestant, started);
        await prepare?.(started);
      }
      await measure({
        ...shown,
        baseline: STOCK,
        target: { contestant: OURS, ...target },
        contestants: Array.from(running, ([contestant, kernel]) => ({
          name: contestant,
          round: () => round(kernel),
        })),
      });
    } finally {
      for (const kernel of running.values()) kernel.end();
    }
  }
}

/** Seconds from the launch, and of processor time. */
interface Launched {
  ready: number;
  firstResult: number;
  processor: number;
}

/** A kernel, and the front end that speaks to it. */
class RunningKernel {
  readonly cells: Cells;
  readonly #frontEnd: Child;
  #lines = 0;

  constructor({ command, cells }: Kernel) {
    this.cells = cells;
    const program = join(__dirname, "kernel", "front_end.py");
    this.#frontEnd = new Child([PYTHON, program, join(ROOT, "notebooks"), ...command]);
  }

  /** Ends the kernels before, and has a new one run its first cell. */
  launch(code: string): Promise<Launched> {
    return this.#start("launch", code);
  }

  /** The same beside the kernels before. */
  further(code: string): Promise<Launched> {
    return this.#start("further", code);
  }

  /** Seconds until the cell has run. */
  async run(code: string): Promise<number> {
    return Number(await this.#ask(`run ${JSON.stringify(code)}`));
  }

  /** Runs a line that was not run before; seconds. */
  runNext(): Promise<number> {
    this.#lines += 1;
    return this.run(this.cells.line(this.#lines));
  }

  print(code: string): Promise<string> {
    return this.#ask(`print ${JSON.stringify(code)}`);
  }

  /** Octets. */
  async memory(): Promise<number> {
    return Number(await this.#ask("memory"));
  }

  end(): void {
    this.#frontEnd.end();
  }

  async #start(task: "launch" | "further", code: string): Promise<Launched> {
    const answer = await this.#ask(`${task} ${JSON.stringify(code)}`);
    const [ready, firstResult, processor] = answer.split(" ").map(Number);
    return { ready, firstResult, processor };
  }

  #ask(task: string): Promise<string> {
    this.#frontEnd.tell(task);
    return this.#frontEnd.hear(60);
  }
}

/** The kernels that this machine has. */
function contestants(): Map<string, Kernel> {
  const node = process.execPath;
  const tslab = join(ROOT, "node_modules", "tslab", "bin", "tslab");
  const ours = join(ROOT, ".build", "kernel", "main.js");
  const stock = [node, tslab, "kernel", "--config-path", "{connection_file}"];
  const ipykernel = [PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"];
  const found = new Map<string, Kernel>([
    [OURS, { command: [node, ours, "{connection_file}"], cells: typescript }],
    [STOCK, { command: stock, cells: withoutHelper }],
    ["ipykernel", { command: ipykernel, cells: python }],
  ]);
  const deno = ["deno", "jupyter", "--kernel", "--conn", "{connection_file}"];
  if (spawnSync("deno", ["--version"]).status !== 0) console.log("No Deno here.");
  else found.set("Deno", { command: deno, cells: withoutHelper });
  return found;
}
