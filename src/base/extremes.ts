/** The largest and the smallest of any number of values: `Math.max(...values)` ends with a stack overflow at about 130,000. */

/** As `Math.max`: `-Infinity` of nothing, NaN where one of them is NaN. */
export function maxOf(values: Iterable<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  return most;
}

/** As `Math.min`: `Infinity` of nothing, NaN where one of them is NaN. */
export function minOf(values: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) least = Math.min(least, value);
  return least;
}
