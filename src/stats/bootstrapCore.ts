import { RandomStream } from '../base/random.js';
import { normalCdf, normalQuantile } from './distributions.js';
import { quantile } from './summary.js';

/** How resamples become an interval: their quantiles, or those corrected for bias and skewness. */
export type BootstrapMethod = 'percentile' | 'bca';

/** A number computed from one or more independent samples. */
export type Statistic = (samples: readonly (readonly number[])[]) => number;

export interface BootstrapOptions {
  readonly level?: number;
  /** Resamples, 2000 by default. */
  readonly resamples?: number;
  /** Of the draws: equal seeds give equal intervals. */
  readonly seed?: number;
  readonly method?: BootstrapMethod;
}

/**
 * The bootstrap interval without a rule about n, for `bootstrap.ts` (which has one) and for the simulation that shows
 * why it does. Each sample is resampled on its own, with replacement.
 *
 * Percentile: B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979). BCa:
 * B. Efron, "Better bootstrap confidence intervals", J. of the American Statistical Association 82 (1987), eqs. 2.3 and
 * 6.6; the acceleration over several samples as in A. C. Davison, D. V. Hinkley, "Bootstrap methods and their
 * application" (1997), section 5.3.2.
 * @returns bounds, or `null` where the statistic is not finite or does not vary over the resamples
 */
export function bootstrapBounds(
  samples: readonly (readonly number[])[],
  statistic: Statistic,
  { level = 0.95, resamples = 2000, seed = 0, method = 'bca' }: BootstrapOptions = {},
): { low: number; high: number } | null {
  const estimate = statistic(samples);
  const values = resampledValues(samples, statistic, resamples, seed);
  if (!Number.isFinite(estimate) || values.some((value) => !Number.isFinite(value))) return null;
  const sorted = values.sort((x, y) => x - y);
  if (sorted[0] === sorted[sorted.length - 1]) return null;
  const tails = [(1 - level) / 2, (1 + level) / 2];
  const [low, high] =
    method === 'percentile' ? tails : correctedTails(tails, sorted, estimate, samples, statistic);
  return { low: quantile(sorted, low)!, high: quantile(sorted, high)! };
}

function resampledValues(
  samples: readonly (readonly number[])[],
  statistic: Statistic,
  resamples: number,
  seed: number,
): number[] {
  const drawn = samples.map((sample) => new Array<number>(sample.length).fill(0));
  const tables = samples.map((sample, s) => drawsOf({ seed, s, length: sample.length, resamples }));
  return Array.from({ length: resamples }, (_, resample) => {
    for (const [s, sample] of samples.entries()) {
      const from = resample * sample.length;
      for (let i = 0; i < sample.length; i++) drawn[s][i] = sample[tables[s][from + i]];
    }
    return statistic(drawn);
  });
}

interface Draws {
  readonly seed: number;
  /** Which of the samples. */
  readonly s: number;
  readonly length: number;
  readonly resamples: number;
}

/** Draws are a pure function of these: contrasts of equally many values share theirs. So many numbers are kept at most. */
const mostKept = 2 ** 24;
const kept = new Map<string, Uint32Array>();

/** Places in the sample: those of the first resample, then of the second, ... */
function drawsOf({ seed, s, length, resamples }: Draws): Uint32Array {
  const key = `${seed} ${s} ${length} ${resamples}`;
  const found = kept.get(key);
  if (found !== undefined) return found;
  const table = new Uint32Array(length * resamples);
  for (let resample = 0; resample < resamples; resample++) {
    const stream = new RandomStream(seed, 'bootstrap', resample, s);
    for (let i = 0; i < length; i++) table[resample * length + i] = stream.integer(i, length);
  }
  if (table.length > mostKept) return table;
  const size = [...kept.values()].reduce((sum, one) => sum + one.length, table.length);
  if (size > mostKept) kept.clear();
  kept.set(key, table);
  return table;
}

/** The percentiles that BCa reads instead of `tails`. */
function correctedTails(
  tails: readonly number[],
  sorted: readonly number[],
  estimate: number,
  samples: readonly (readonly number[])[],
  statistic: Statistic,
): number[] {
  const below = sorted.filter((value) => value < estimate).length;
  const equal = sorted.filter((value) => value === estimate).length;
  const share = (below + equal / 2) / sorted.length;
  const edge = 0.5 / sorted.length;
  const bias = normalQuantile(Math.min(1 - edge, Math.max(edge, share)));
  const acceleration = jackknifeAcceleration(samples, statistic);
  return tails.map((tail) => {
    const z = bias + normalQuantile(tail);
    return normalCdf(bias + z / (1 - acceleration * z));
  });
}

/** Skewness of the statistic from leaving out one value at a time; 0 where it does not vary. */
function jackknifeAcceleration(samples: readonly (readonly number[])[], statistic: Statistic): number {
  let cubes = 0;
  let squares = 0;
  for (const [s, sample] of samples.entries()) {
    const left = sample.map((_, i) =>
      statistic(samples.map((other, o) => (o === s ? other.filter((__, j) => j !== i) : other))),
    );
    const center = left.reduce((sum, value) => sum + value, 0) / left.length;
    const n = sample.length;
    for (const value of left) {
      const influence = ((n - 1) * (center - value)) / n;
      cubes += influence ** 3;
      squares += influence ** 2;
    }
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}
