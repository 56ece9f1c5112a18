/**
 * The fixed ports of the lessons, and who holds them.
 *
 * @module
 */
import { basename } from "node:path";
import { SO_REUSEADDR, SOL_SOCKET, socket } from "../helpers/socket";
import { joined, readNotebook } from "./nbformat";

/** The names of these notebooks by the fixed ports that their code names: PORT = 10000, or ["localhost", 10000]. */
export function lessonPorts(notebooks: string[]): Map<number, string[]> {
  const ports = new Map<number, string[]>();
  for (const path of notebooks) {
    for (const { cell_type, source } of readNotebook(path).cells) {
      if (cell_type !== "code") continue;
      const found = joined(source).matchAll(/(?:PORT\w* = |\["[^"]*", )(\d{4,5})\b/g);
      for (const [, port] of found) {
        const names = ports.get(Number(port)) ?? [];
        ports.set(Number(port), [...new Set([...names, basename(path)])]);
      }
    }
  }
  return ports;
}

/** Why no server of a lesson could listen on this port now: who holds it. Nothing if one could. */
export async function obstacle(port: number): Promise<string | undefined> {
  using sock = socket();
  sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1); // as the lessons' servers do, for which TIME_WAIT is no obstacle
  try {
    await sock.bind(["127.0.0.1", port]);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^bind .*?: /, "");
  }
}
