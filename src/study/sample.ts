/** Values drawn for a factor that names a range, by the counter-based generator. */
import { hashName, RandomStream } from '../base/random.js';
import type { FactorRange } from './types.js';

/** @returns `count` values; a whole number where the distribution is `int` */
export function sampledValues(path: string, range: FactorRange, count: number, seed: number): number[] {
  const stream = new RandomStream(seed, 'search', hashName(path));
  const { min, max, distribution } = range;
  return Array.from({ length: count }, (_, i) => {
    const u = stream.uniform(i);
    if (distribution === 'int') return Math.floor(min + u * (max - min + 1));
    if (distribution === 'uniform') return round(min + u * (max - min));
    return round(Math.exp(Math.log(min) + u * (Math.log(max) - Math.log(min))));
  });
}

/** Four significant digits: what a name can show is what is run. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
