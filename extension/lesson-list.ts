/**
 * The lessons that the server has: tools/lesson_list.py answers.
 *
 * @module
 */
import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import { Token } from "@lumino/coreutils";

/** A lesson: a server's notebook with its client's, or one notebook. */
export interface Lesson {
  /** NN-topic. */
  readonly name: string;
  readonly title: string;
  /** Paths, as the server has them. */
  readonly notebooks: readonly string[];
}

export class Lessons {
  constructor(readonly all: readonly Lesson[]) {}

  named(name: string): Lesson | undefined {
    return this.all.find((lesson) => lesson.name === name);
  }

  /** The lesson to which a notebook belongs. */
  of(path: string): Lesson | undefined {
    return this.all.find(({ notebooks }) => notebooks.includes(path));
  }

  /** What tells a notebook of a lesson from the others, before what they share: "04 · server · Sixteen octets". */
  label(path: string): string | undefined {
    const lesson = this.of(path);
    if (!lesson) return undefined;
    const [, half] = /-(server|client)\.ipynb$/.exec(path) ?? [];
    return [number(lesson), ...(half ? [half] : []), lesson.title].join(" · ");
  }
}

/** Two digits; lessons of one number belong together. */
function number({ name }: Lesson): string {
  return name.slice(0, 2);
}

/** Its number and title. */
export function heading(lesson: Lesson): string {
  return `${number(lesson)} ${lesson.title}`;
}

export const ILessons = new Token<Lessons>(`${NAME}:ILessons`, "The lessons that the server has.");

/** Asks the server for them. Throws an Error if it does not answer. */
export async function readLessons(): Promise<Lessons> {
  const settings = ServerConnection.makeSettings();
  const address = URLExt.join(settings.baseUrl, "api/lessons");
  const answer = await ServerConnection.makeRequest(address, {}, settings);
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${answer.statusText}`);
  return new Lessons(await answer.json());
}
