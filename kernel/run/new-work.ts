/**
 * Work that gives its result later. A cell that runs again, and one of which an interrupt ends what it has left running,
 * begins none any more: so a chain ends, of which each link begins the next one.
 */
import crypto from "node:crypto";
import dns from "node:dns";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import { Socket } from "node:net";
import threads from "node:worker_threads";
import zlib from "node:zlib";
import { currentRun, refuseNewWork } from "./cell-run";

type Call = (this: unknown, ...args: unknown[]) => unknown;

/** From now on, a run that is to begin nothing begins nothing that calls back, or that makes a promise. */
export function noteNewWork(): void {
  for (const calls of [fs, dns, crypto, zlib]) note(calls, namesOf(calls), whereItCallsBack);
  const { subtle } = crypto.webcrypto;
  for (const calls of [fs.promises, dns.promises, Object.getPrototypeOf(subtle)]) {
    note(calls, namesOf(calls), byItsPromise);
  }
  note(globalThis, ["fetch"], byItsPromise);
  for (const calls of [http, https]) note(calls, ["get", "request"], byWhatItReturns);
  note(AbortSignal, ["timeout"], byWhatItReturns);
  note(Socket.prototype, ["connect"], byWhatItReturns);
  const construct: ProxyHandler<typeof threads.Worker>["construct"] = (target, args, newTarget) => {
    refuseNewWork();
    return Reflect.construct(target, args, newTarget);
  };
  threads.Worker = new Proxy(threads.Worker, { construct });
}

/** Of all calls of a module those that may give their result later; what closes is none of them. */
function namesOf(calls: object): string[] {
  const all = Object.entries(Object.getOwnPropertyDescriptors(calls));
  const isCall = ([name, { value, writable }]: [string, PropertyDescriptor]) =>
    typeof value === "function" && writable && /^(?!close$)[a-z].*(?<!Sync)$/.test(name);
  return all.filter(isCall).map(([name]) => name);
}

function note(calls: object, names: string[], how: (call: Call) => Call): void {
  for (const name of names) {
    const call: Call = Reflect.get(calls, name);
    const noted = Object.defineProperties(how(call), Object.getOwnPropertyDescriptors(call));
    Object.assign(calls, { [name]: noted });
  }
}

function whereItCallsBack(call: Call): Call {
  return function (...args) {
    if (typeof args.at(-1) === "function" && currentRun()?.leavesOutNewWork()) return undefined;
    return Reflect.apply(call, this, args);
  };
}

function byItsPromise(call: Call): Call {
  return function (...args) {
    if (currentRun()?.leavesOutNewWork()) return new Promise(() => {});
    return Reflect.apply(call, this, args);
  };
}

function byWhatItReturns(call: Call): Call {
  return function (...args) {
    refuseNewWork();
    return Reflect.apply(call, this, args);
  };
}
