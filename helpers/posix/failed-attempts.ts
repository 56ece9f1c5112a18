/**
 * One error for many attempts: what each address of a host has answered.
 *
 * @module
 */

"use deferred interrupts";

import { type InspectOptions, inspect } from "node:util";
import { askedFor, type SystemError } from "./system-error";

/**
 * The error of a host none of whose addresses has answered.
 *
 * It has the properties of the last error, as Node's own has those of the first. Its message says what all of them say, so
 * that whoever prints it does not print them once more.
 */
export function allFailed(
  host: string | null,
  port: number | string,
  errors: SystemError[],
): AggregateError {
  const { code, errno, syscall } = errors[errors.length - 1];
  const text = `no connection to ${askedFor(host, port)}: ${joined(errors)}`;
  const error = Object.assign(new AggregateError(errors, text), { code, errno, syscall });
  return Object.defineProperty(error, inspect.custom, {
    value: (_depth: number, options: InspectOptions) => {
      const shown = Object.assign(new Error(text), { code, errno, syscall });
      return inspect(Object.assign(shown, { stack: error.stack }), options);
    },
  });
}

/** The messages, each once: those that differ in the address only are one, with all addresses. */
function joined(errors: readonly SystemError[]): string {
  const wheres = new Map<string, Set<string>>();
  for (const { message, syscall, code } of errors) {
    const head = `${syscall} ${code} `;
    const [, where = "", words = message] = message.startsWith(head)
      ? (/^(\S+)(: .*)$/s.exec(message.slice(head.length)) ?? [])
      : [];
    const same = words === message ? message : `${head}\0${words}`;
    wheres.set(same, (wheres.get(same) ?? new Set()).add(where));
  }
  return Array.from(wheres, ([text, all]) => text.replace("\0", [...all].join(" and "))).join("; ");
}
