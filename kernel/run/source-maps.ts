/** The way back through the source maps of code that was made in several passes. */
import { SourceMap } from "node:module";

/** Counted from 0, in lines and UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

export class SourceMaps {
  readonly #texts: readonly string[];
  #parsed: SourceMap[] | undefined;

  /** @param texts JSON, the last pass first: a position goes through each in turn */
  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  /** What the reader wrote at this position of the code; undefined where that was nothing. */
  original(position: Position): Position | undefined {
    let { line, column } = position;
    for (const map of this.#maps()) {
      const entry = map.findEntry(line, column);
      if (!("originalLine" in entry)) return undefined;
      line = entry.originalLine;
      column = entry.originalColumn;
    }
    return { line, column };
  }

  /** Parsed when the first error needs them. */
  #maps(): SourceMap[] {
    this.#parsed ??= this.#texts.map((text) => new SourceMap(JSON.parse(text)));
    return this.#parsed;
  }
}
