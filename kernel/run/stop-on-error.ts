/** Jupyter's `stop_on_error`: a failure aborts the requests that the front end sent before it could know of it. */

/** A request that seems to have travelled longer than this, in milliseconds, was dated by another clock. */
const LONGEST_ON_ITS_WAY = 1000;

/** When a request was made. */
export interface Dated {
  /** By the front end's clock, in ISO 8601, as its header says; what is no date is not used. */
  sent: string;
  /** By the kernel's clock, in milliseconds since 1970. */
  arrived: number;
}

export class StopOnError {
  /** The last failure: when, and how far the front end's clock was behind. */
  #failure = { at: 0, lag: 0 };

  /** The request has failed, at that time by the kernel's clock. To be called before the front end is told. */
  fail(request: Dated, at: number): void {
    this.#failure = { at, lag: lagOf(request) };
  }

  /** Whether the request was sent before its front end could know of the last failure. */
  isAborted(request: Dated): boolean {
    const onItsWay = lagOf(request) - this.#failure.lag;
    const isCredible = onItsWay > 0 && onItsWay < LONGEST_ON_ITS_WAY;
    return request.arrived - (isCredible ? onItsWay : 0) < this.#failure.at;
  }
}

/** From when the front end sent the request, by its own clock, until it arrived, by ours; in milliseconds. */
function lagOf({ sent, arrived }: Dated): number {
  const at = Date.parse(sent);
  return Number.isNaN(at) ? 0 : arrived - at;
}
