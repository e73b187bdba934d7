/** One metric of one run as it is read: values by their place on the axis. Grows in typed arrays; very long logs are thinned. */

import type { Course } from './course.js';

export type Repeats = 'error' | 'last' | 'first' | 'mean';

/** Two values of one metric at one place. */
export interface Conflict {
  readonly line: number;
  readonly at: number;
  readonly before: number;
  readonly value: number;
  /** The axis went back: a log that was continued. */
  readonly back: boolean;
}

/** Above so many points neighbours are joined. */
export const MOST_POINTS = 500_000;

export class Series {
  #at = new Float64Array(64);
  #values = new Float64Array(64);
  #lines = new Uint32Array(64);
  #counts: Uint32Array | null = null;
  #length = 0;
  /** Places by value, once the axis has gone back. */
  #places: Map<number, number> | null = null;
  #latest = Number.NEGATIVE_INFINITY;
  #bin = { sum: 0, n: 0 };
  /** The place before, and the attempt of the run that it belongs to. */
  #before = Number.NEGATIVE_INFINITY;
  #attempt = 0;
  /** Values that an attempt before the last one left behind. */
  voided = 0;
  /** Logged points that one point stands for. */
  every = 1;
  conflict: Conflict | null = null;
  conflicts = 0;
  replaced = 0;

  constructor(
    readonly repeats: Repeats,
    /** Long logs by step or row are thinned; epochs never. */
    readonly mayThin: boolean,
    /** Where the axis goes back a log was continued there: what it held beyond the end of that is of no run. */
    readonly course: Course | null = null,
  ) {}

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return this.#at[index]!;
  }

  value(index: number): number {
    return this.#values[index]!;
  }

  line(index: number): number {
    return this.#lines[index]!;
  }

  /** `value` may be NaN or infinite: a gap that a later value of the same place fills. */
  push(at: number, value: number, line: number): void {
    const place = this.#placeOf(at);
    if (this.course !== null)
      this.#attempt = this.course.follow(at, this.#attempt, at < this.#before, place !== null);
    this.#before = at;
    if (this.every > 1 && at > this.#latest) {
      this.#pushBinned(at, value, line);
      return;
    }
    if (place !== null) this.#repeat(place, value, line, at < this.#latest);
    else this.#append(at, value, line);
    if (at > this.#latest) this.#latest = at;
  }

  #placeOf(at: number): number | null {
    if (at > this.#latest) return null;
    if (this.#length > 0 && this.#at[this.#length - 1] === at) return this.#length - 1;
    if (this.#places === null) {
      this.#places = new Map();
      for (let i = 0; i < this.#length; i++) this.#places.set(this.#at[i]!, i);
    }
    return this.#places.get(at) ?? null;
  }

  #append(at: number, value: number, line: number): void {
    if (this.#length === this.#at.length) this.#grow();
    this.#at[this.#length] = at;
    this.#values[this.#length] = value;
    this.#lines[this.#length] = line;
    this.#places?.set(at, this.#length);
    this.#length += 1;
    if (this.mayThin && this.#length >= MOST_POINTS && this.#places === null) this.#thin();
  }

  #repeat(place: number, value: number, line: number, back: boolean): void {
    const before = this.#values[place]!;
    if (!Number.isFinite(value)) return;
    if (!Number.isFinite(before)) {
      this.#values[place] = value;
      return;
    }
    // Of a mean an equal value is one more.
    if (before === value && this.repeats !== 'mean') return;
    switch (this.repeats) {
      case 'last':
        this.#values[place] = value;
        this.replaced += 1;
        break;
      case 'first':
        this.replaced += 1;
        break;
      case 'mean': {
        this.#counts ??= new Uint32Array(this.#at.length).fill(1);
        const n = this.#counts[place]! + 1;
        this.#counts[place] = n;
        this.#values[place] = before + (value - before) / n;
        this.replaced += 1;
        break;
      }
      case 'error':
        this.conflicts += 1;
        this.conflict ??= { line, at: this.#at[place]!, before, value, back };
        break;
      default:
        this.repeats satisfies never;
    }
  }

  /** The mean of `every` logged points stands at the last of them. */
  #pushBinned(at: number, value: number, line: number): void {
    this.#bin.sum += value;
    this.#bin.n += 1;
    this.#latest = at;
    if (this.#bin.n < this.every) return;
    this.#append(at, this.#bin.sum / this.#bin.n, line);
    this.#bin = { sum: 0, n: 0 };
  }

  #thin(): void {
    const half = Math.floor(this.#length / 2);
    for (let i = 0; i < half; i++) {
      this.#at[i] = this.#at[2 * i + 1]!;
      this.#lines[i] = this.#lines[2 * i + 1]!;
      this.#values[i] = (this.#values[2 * i]! + this.#values[2 * i + 1]!) / 2;
    }
    this.#length = half;
    this.every *= 2;
  }

  /** Rows of a table that was sorted otherwise: by their places again. */
  #sort(): void {
    const order = Uint32Array.from({ length: this.#length }, (_, i) => i);
    order.sort((a, b) => this.#at[a]! - this.#at[b]!);
    this.#at = Float64Array.from(order, (i) => this.#at[i]!);
    this.#values = Float64Array.from(order, (i) => this.#values[i]!);
    this.#lines = Uint32Array.from(order, (i) => this.#lines[i]!);
  }

  #grow(): void {
    const size = 2 * this.#at.length;
    this.#at = grown(this.#at, new Float64Array(size));
    this.#values = grown(this.#values, new Float64Array(size));
    this.#lines = grown(this.#lines, new Uint32Array(size));
    if (this.#counts !== null) this.#counts = grown(this.#counts, new Uint32Array(size).fill(1));
  }

  #cutAfter(at: number): void {
    let length = this.#length;
    while (length > 0 && this.#at[length - 1]! > at) length -= 1;
    this.voided = this.#length - length;
    this.#length = length;
  }

  /** No more follows: what was not binned yet stands as a point of its own, and room that was not used is given back. */
  finish(): void {
    const { sum, n } = this.#bin;
    this.#bin = { sum: 0, n: 0 };
    if (n > 0) this.#append(this.#latest, sum / n, 0);
    this.#counts = null;
    if (this.#places !== null) this.#sort();
    this.#places = null;
    const end = this.course?.end ?? null;
    if (end !== null) this.#cutAfter(end);
    if (this.#length === this.#at.length) return;
    this.#at = this.#at.slice(0, this.#length);
    this.#values = this.#values.slice(0, this.#length);
    this.#lines = this.#lines.slice(0, this.#length);
  }
}

function grown<T extends Float64Array | Uint32Array>(old: T, next: T): T {
  next.set(old);
  return next;
}
