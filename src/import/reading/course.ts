/** How the log of one run was continued: where its axis went back, and where the last attempt ended. */

/** One for all metrics of a run: a validation that an abandoned attempt left behind ends with the training. */
export class Course {
  /** Each begins where a metric goes back that this attempt holds already. */
  #attempt = 0;
  /** The last place of this attempt. */
  #since = Number.NEGATIVE_INFINITY;
  #backs = 0;
  #pushed = 0;
  #again = false;

  /**
   * One value of a metric.
   * @param attempt that of the metric's value before
   * @returns the attempt that the value belongs to
   */
  follow(at: number, attempt: number, isBack: boolean, isRepeat: boolean): number {
    this.#pushed += 1;
    if (isBack) this.#backs += 1;
    if (isBack && attempt === this.#attempt) {
      this.#attempt += 1;
      this.#since = at;
    } else if (at > this.#since) this.#since = at;
    if (isRepeat && this.#attempt > 0) this.#again = true;
    return this.#attempt;
  }

  /** What stands beyond it is of an attempt that was given up; `null` where the log was not continued. */
  get end(): number | null {
    // A table that is sorted downwards goes back at every row.
    return this.#again && 2 * this.#backs < this.#pushed ? this.#since : null;
  }
}
