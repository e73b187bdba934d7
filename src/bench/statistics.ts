/** Medians and spread of repeated timings. */

/** Milliseconds over the counted repetitions. */
export interface Timing {
  readonly medianMs: number;
  /** First and third quartile. */
  readonly quartilesMs: readonly [number, number];
  readonly minMs: number;
  readonly maxMs: number;
}

/** Quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996). */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** @param times at least one */
export function timingOf(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    medianMs: quantile(sorted, 0.5),
    quartilesMs: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
    minMs: sorted[0],
    maxMs: sorted[sorted.length - 1],
  };
}

/** Milliseconds of each of `count` repetitions. */
export function repeat(count: number, work: () => void): number[] {
  return Array.from({ length: count }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
}
