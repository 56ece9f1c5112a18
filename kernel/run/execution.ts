/** Executes requests: runs the cell, shows its value or its error, and replies. */
import type { Content, Json, Message } from "../messaging/message";
import { type CellRun, runInCell } from "./cell-run";
import { type ErrorContent, errorContent } from "./error-content";
import type { Executor } from "./executor";
import type { FrontEnds } from "./front-ends";
import type { LateErrors } from "./late-errors";
import { mimeBundle } from "./mime-bundle";
import type { Output } from "./output";

export class Execution {
  readonly #executor: Executor;
  readonly #output: Output;
  readonly #lateErrors: LateErrors;
  readonly #frontEnds: FrontEnds;
  #executionCount = 0;

  constructor(executor: Executor, output: Output, lateErrors: LateErrors, frontEnds: FrontEnds) {
    this.#executor = executor;
    this.#output = output;
    this.#lateErrors = lateErrors;
    this.#frontEnds = frontEnds;
  }

  /**
   * Executes a request and replies to it; never rejects.
   *
   * @param onFailure called before a failure is told that aborts what waits behind it
   */
  async execute(request: Message, onFailure: () => void): Promise<void> {
    try {
      await this.#execute(request, onFailure);
    } catch (error) {
      this.#replyError(request, errorContent(error));
    }
  }

  async #execute(request: Message, onFailure: () => void): Promise<void> {
    const { content } = request;
    const code = String(content.code ?? "");
    const silent = content.silent === true;
    const run = this.#begin(request, code, silent);
    const { thrown, user_expressions } = await this.#executor.attend(run, async () => {
      const outcome = await this.#executor.execute(run, code);
      const thrown =
        outcome.thrown ?? (silent ? undefined : await this.#showResult(run, outcome.value));
      if (!silent) this.#warn(run, outcome.warnings);
      if (thrown) return { thrown };
      return { user_expressions: await this.#evaluateAll(run, content.user_expressions) };
    });
    const { executionCount: execution_count } = run;
    if (thrown) {
      if (content.stop_on_error !== false) onFailure();
      this.#replyError(request, errorContent(thrown.error), execution_count);
      return;
    }
    const reply = { status: "ok", execution_count, user_expressions, payload: [] };
    this.#frontEnds.reply(request, reply);
  }

  #begin(request: Message, code: string, silent: boolean): CellRun {
    const store = !silent && request.content.store_history !== false;
    if (store) this.#executionCount += 1;
    const execution_count = this.#executionCount;
    const run = this.#executor.newRun(execution_count, request, (...shown) =>
      this.#output.show(...shown),
    );
    this.#lateErrors.note(run);
    this.#output.begin(run);
    if (!silent) {
      this.#frontEnds.publish(request, "execute_input", { code, execution_count }, store);
    }
    return run;
  }

  #warn(run: CellRun, warnings: string[] = []): void {
    for (const line of warnings) runInCell(run, () => process.stderr.write(`[${line}]\n`));
  }

  #replyError(request: Message, described: ErrorContent, execution_count?: number): void {
    this.#frontEnds.publish(request, "error", described);
    this.#frontEnds.reply(request, { ...failed(described), execution_count });
  }

  /** Shows `Out[n]`; a value may fail to show itself. */
  async #showResult(run: CellRun, value: unknown): Promise<{ error: unknown } | undefined> {
    if (value === undefined) return undefined;
    try {
      const data = await this.#executor.finish(run, () => mimeBundle(value));
      const { executionCount: execution_count } = run;
      this.#output.show(run, "execute_result", { execution_count, data, metadata: {} });
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  async #evaluateAll(run: CellRun, expressions: Json | undefined): Promise<Content> {
    const results: Content = {};
    for (const [name, expression] of Object.entries((expressions ?? {}) as Content)) {
      try {
        const { value } = await this.#executor.evaluate(run, String(expression));
        const data = await this.#executor.finish(run, () => mimeBundle(value));
        results[name] = { status: "ok", data, metadata: {} };
      } catch (error) {
        results[name] = { ...failed(errorContent(error)) };
      }
    }
    return results;
  }
}

function failed(described: ErrorContent): ErrorContent & { status: "error" } {
  return { status: "error", ...described };
}
