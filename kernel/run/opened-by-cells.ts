/** What cells open and leave open, so that running a cell again can first close what it opened the last time. */
import type { Socket as DatagramSocket } from "node:dgram";
import { subscribe } from "node:diagnostics_channel";
import type { EventEmitter } from "node:events";
import { Server, type Socket } from "node:net";
import threads, { type MessagePort } from "node:worker_threads";
import { callSites } from "./call-sites";
import { type CellRun, currentRun, listenInCell, refuseNewWork } from "./cell-run";
import { noteNewWork } from "./new-work";
import { isCellScript } from "./reader-frames";
import { noteTimers } from "./timers";
import { noteChildren, noteWorkers } from "./workers-and-children";

/** The runs of each cell that may have something open. */
export class RunsOfCells {
  readonly #byCell = new Map<string, Set<CellRun>>();

  add(run: CellRun): void {
    if (run.cellId === undefined) return;
    const runs = this.#byCell.get(run.cellId) ?? new Set();
    this.#byCell.set(run.cellId, runs.add(run));
  }

  /** Releases what the earlier runs of the run's cell have opened; returns what went wrong. */
  async releaseBefore(run: CellRun): Promise<unknown[]> {
    if (run.cellId === undefined) return [];
    const earlier = [...(this.#byCell.get(run.cellId) ?? [])].filter((each) => each !== run);
    this.#byCell.set(run.cellId, new Set([run]));
    return (await Promise.all(earlier.map((each) => each.release()))).flat();
  }
}

/**
 * From now on, what Node opens belongs to the run that asked for it: servers, sockets, timers, channels, workers,
 * children.
 */
export function noteWhatCellsOpen(onChildren: (pids: number[]) => void): void {
  noteServers();
  noteSockets();
  noteTimers();
  noteChannels();
  noteWorkers();
  noteChildren(onChildren);
  noteNewWork();
}

/** `node:net` servers, and with them http, https and tls. */
function noteServers(): void {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    refuseNewWork();
    const run = currentRun();
    if (run && !this.listening) own(this, run);
    return Reflect.apply(listen, this, args);
  } as typeof listen;
}

function own(server: Server, run: CellRun): void {
  const accepted = new Set<Socket>();
  keepContext(server, run);
  server.on("connection", (socket: Socket) => {
    // What arrives on an accepted socket would otherwise belong to no cell.
    keepContext(socket, run);
    accepted.add(socket);
    socket.once("close", () => accepted.delete(socket));
  });
  const forget = run.onRerun(() => {
    server.close();
    for (const socket of accepted) socket.destroy();
  });
  server.once("close", forget);
}

/** Lets the listeners of an emitter run in a cell's context, whoever emits. */
function keepContext(emitter: EventEmitter, run: CellRun): void {
  const { emit } = emitter;
  const value = function (this: EventEmitter, ...args: Parameters<EventEmitter["emit"]>) {
    return listenInCell(run, () => Reflect.apply(emit, this, args));
  };
  Object.defineProperty(emitter, "emit", { value, writable: true, configurable: true });
}

function noteSockets(): void {
  subscribe("net.client.socket", (message) => {
    const { socket } = message as { socket: Socket };
    const forget = currentRun()?.onRerun(() => void socket.destroy());
    if (forget) socket.once("close", forget);
  });
  subscribe("udp.socket", (message) => {
    const { socket } = message as { socket: DatagramSocket };
    const forget = currentRun()?.onRerun(() => void socket.close());
    if (forget) socket.once("close", forget);
  });
}

/** Message channels that a cell itself makes: what a package makes when it is imported serves other cells too. */
function noteChannels(): void {
  const noted = <C extends new (...args: never[]) => object>(
    channel: C,
    portOf: (made: InstanceType<C>) => Pick<MessagePort, "close">,
  ): C => {
    const construct = (target: C, args: unknown[], newTarget: C) => {
      const made = Reflect.construct(target, args, newTarget);
      const [caller] = callSites(construct, 1);
      if (isCellScript(caller?.getFileName())) {
        currentRun()?.onCancel(() => {
          portOf(made).close();
          return true;
        });
      }
      return made;
    };
    return new Proxy(channel, { construct });
  };
  const channels = {
    MessageChannel: noted(threads.MessageChannel, ({ port1 }) => port1),
    BroadcastChannel: noted(threads.BroadcastChannel, (made) => made),
  };
  Object.assign(threads, channels);
  Object.assign(globalThis, channels);
}
