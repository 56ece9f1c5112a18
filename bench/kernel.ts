/**
 * The same cells by this project's kernel, by stock tslab, by ipykernel, and by Deno's kernel where it is installed.
 *
 * For each, kernel/front_end.py starts the kernel and speaks to it as a notebook's page does.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Child } from "../tools/child";
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
  declare: string;
  /** A million writes to what `declare` declares; prints the milliseconds that they took. */
  write: string;
}

const typescript: Cells = {
  line: (n) => `const value${n} = ${n}; value${n} + 1`,
  imports: 'import { $ } from "zx"; import { socket } from "./helpers/socket"; void $; void socket',
  declare: "let written = 0",
  write:
    "{ const begun = performance.now(); for (let i = 0; i < 1e6; i++) written = i; " +
    "console.log(performance.now() - begun) }",
};

/** The others do not take the helper: stock tslab's TypeScript is too old, and Deno has no koffi. */
const withoutHelper: Cells = {
  ...typescript,
  imports: 'import { $ } from "zx"; import * as net from "node:net"; void $; void net',
};

const python: Cells = {
  line: (n) => `value${n} = ${n}; value${n} + 1`,
  imports: "import subprocess, socket",
  declare: "written = 0; import time",
  write:
    "begun = time.perf_counter()\nfor i in range(10**6): written = i\n" +
    "print((time.perf_counter() - begun) * 1000)",
};

interface Kernel {
  readonly command: readonly string[];
  readonly cells: Cells;
}

/** Does one round at a kernel; gives the figure in the measurement's unit. */
type Round = (kernel: RunningKernel) => Promise<number>;

interface Task extends Pick<Measurement, "title" | "unit" | "better" | "rounds" | "warmUp"> {
  readonly target: Omit<Measurement["target"], "contestant">;
  /** Due once, before the rounds. */
  prepare?(kernel: RunningKernel): Promise<unknown>;
  round: Round;
}

const launched = { unit: "s", better: "less", rounds: 9, warmUp: 1 } as const;
const warm = {
  unit: "ms",
  better: "less",
  rounds: 41,
  warmUp: 20,
  target: { ratio: 0.7 },
  round: async (kernel: RunningKernel) => (await kernel.runNext()) * 1000,
} as const;

const tasks: Record<string, Task> = {
  "kernel-info": {
    ...launched,
    title: "From launch until kernel_info is answered",
    target: { figure: 0.5 },
    round: async (kernel) => (await kernel.launch()).ready,
  },
  "kernel-first-result": {
    ...launched,
    title: "From launch until the first cell has run",
    target: { ratio: 1.0 },
    round: async (kernel) => (await kernel.launch()).firstResult,
  },
  "kernel-line": {
    ...warm,
    title: "A warm cell of one line",
    prepare: (kernel) => kernel.launch(),
  },
  "kernel-line-imports": {
    ...warm,
    title: "A warm cell of one line, with zx and the socket helper imported",
    prepare: async (kernel) => {
      await kernel.launch();
      await kernel.run(kernel.cells.imports);
    },
  },
  "kernel-memory": {
    title: "Memory after 100 cells",
    unit: "MiB",
    better: "less",
    rounds: 5,
    warmUp: 0,
    target: { ratio: 1.1 },
    round: async (kernel) => {
      await kernel.launch();
      for (let n = 0; n < 100; n++) await kernel.runNext();
      return (await kernel.memory()) / 2 ** 20;
    },
  },
  "kernel-variable": {
    title: "A write to a top-level variable in a loop of a million",
    unit: "ns",
    better: "less",
    rounds: 9,
    target: { figure: 30 },
    prepare: async (kernel) => {
      await kernel.launch();
      await kernel.run(kernel.cells.declare);
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

/** A kernel, and the front end that speaks to it. */
class RunningKernel {
  readonly cells: Cells;
  readonly #frontEnd: Child;
  #lines = 0;

  constructor({ command, cells }: Kernel) {
    this.cells = cells;
    const program = join(__dirname, "kernel", "front_end.py");
    this.#frontEnd = new Child([PYTHON, program, ROOT, ...command]);
  }

  /** Seconds from the launch. */
  async launch(): Promise<{ ready: number; firstResult: number }> {
    const [ready, firstResult] = (await this.#ask("launch")).split(" ").map(Number);
    return { ready, firstResult };
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
