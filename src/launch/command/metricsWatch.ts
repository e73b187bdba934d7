/** The metrics of a command while it works: read again when its file has changed, at a pace that the reading allows. */
import type { WrittenMetrics } from './commandMetrics.js';

/** Milliseconds between two readings, and how many times longer than a reading lasts. */
const readingPace = 1000;
const readingShare = 20;

export interface WatchedFile {
  /** Its size and time as a text; empty where it is not there. */
  readonly stamp: () => string;
  /** Throws what cannot be read, as while it is being written. */
  readonly read: () => Promise<WrittenMetrics>;
}

/** One attempt's file. */
export class MetricsWatch {
  readonly #file: WatchedFile;
  #stamp = '';
  #next = 0;

  constructor(file: WatchedFile) {
    this.#file = file;
  }

  /** Called as often as one likes. @returns what it holds by now; `null` where nothing is new, or where it cannot be read yet */
  async look(): Promise<WrittenMetrics | null> {
    const now = performance.now();
    if (now < this.#next) return null;
    this.#next = now + readingPace;
    const stamp = this.#file.stamp();
    if (stamp === '' || stamp === this.#stamp) return null;
    this.#stamp = stamp;
    // What cannot be read while it is being written is told at the end.
    const metrics = await this.#file.read().catch(() => null);
    const last = performance.now();
    this.#next = last + Math.max(readingPace, readingShare * (last - now));
    return metrics;
  }
}
