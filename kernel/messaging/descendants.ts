/** The processes that a process has started, and those that these have started, and so on. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * @param pid the process whose descendants these are
 * @param except its children that are left out, with their descendants
 */
export function descendants(pid: number, except: ReadonlySet<number>): number[] {
  const parents = parentsOfAll();
  const below = (parent: number): number[] =>
    parents.flatMap(([child, of]) =>
      of === parent && !except.has(child) ? [child, ...below(child)] : [],
    );
  return below(pid);
}

/** Of each process its id and its parent's. */
function parentsOfAll(): [number, number][] {
  if (process.platform === "linux") return readdirSync("/proc").flatMap(parentOnLinux);
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  return table.split("\n").map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}

function parentOnLinux(name: string): [number, number][] {
  const pid = Number(name);
  if (!Number.isInteger(pid)) return [];
  try {
    // `pid (name) state parent …`, and the name may have anything in it.
    const stat = readFileSync(`/proc/${name}/stat`, "utf8");
    return [[pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])]];
  } catch {
    return []; // it has just ended
  }
}
