/** The first line of an error: its name and its message. */
import { inspect } from "node:util";
import { inReadersNames } from "./reader-names";

/** `Name: message`. */
export function headline(error: unknown): string {
  if (!isError(error)) return inspect(error);
  const name = errorName(error);
  const message = messageOf(error);
  return message === "" ? name : `${name}: ${message}`;
}

/** In the names that the reader wrote. */
export function messageOf(error: Error): string {
  const message = String(error.message);
  return error.name === "TypeError" ? inReadersNames(message) : message;
}

/** V8 may ask for a stack at any time, and must not get another error. */
export function safeHeadline(error: unknown): string {
  try {
    // What `console.trace` asks a stack for is no error, and says what an error does.
    return isError(error) ? headline(error) : Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

/** The error's name, with the class's where a subclass did not set one. */
export function errorName(error: Error): string {
  const name = String(error.name ?? "Error");
  return name === "Error" ? error.constructor?.name || name : name;
}

/** An error of another realm (a vm context) counts too. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}
