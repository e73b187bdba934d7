/** Two trained networks on the same images: what is uncertain because the images are finite. */

import { bootstrapExamples } from '../../stats/bootstrap.js';
import { discordantCounts, mcnemar } from '../../stats/mcnemar.js';
import type { PredictionRow } from '../../store/records.js';
import { formatInterval, formatNumber, formatP, formatValue } from '../words/format.js';
import type { Bounds } from '../words/results.js';

export interface NetworkComparison {
  readonly split: PredictionRow['split'];
  readonly examples: number;
  /** Images that only the first, or only the second network got right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Accuracy of the first minus the second, a fraction; Bonett and Price's interval. */
  readonly difference: number;
  readonly interval: Bounds;
  /** McNemar's exact test. */
  readonly p: number;
  /** Percentile bootstrap over images, of the accuracy and of the mean loss; `null` below 30 images. */
  readonly accuracyBootstrap: Bounds | null;
  readonly lossDifference: number;
  readonly lossBootstrap: Bounds | null;
}

export type NetworkResult =
  | NetworkComparison
  | { readonly split: PredictionRow['split']; readonly reason: string };

/** What every comparison of two networks must say. */
export const NETWORKS_ONLY =
  'This compares these two trained networks, not their configurations: another seed gives other networks. The intervals hold for other images of the same kind, and say nothing about other seeds.';

/** McNemar's test and the bootstrap over examples, for each split that both networks predicted. */
export function compareNetworks(
  first: readonly PredictionRow[],
  second: readonly PredictionRow[],
): NetworkResult[] {
  return (['validation', 'test'] as const).flatMap((split) => {
    const [a, b] = [rowsOf(first, split), rowsOf(second, split)];
    return a.size === 0 && b.size === 0 ? [] : [compareSplit(split, a, b)];
  });
}

function rowsOf(rows: readonly PredictionRow[], split: PredictionRow['split']): Map<number, PredictionRow> {
  return new Map(rows.filter((row) => row.split === split).map((row) => [row.index, row]));
}

function compareSplit(
  split: PredictionRow['split'],
  a: ReadonlyMap<number, PredictionRow>,
  b: ReadonlyMap<number, PredictionRow>,
): NetworkResult {
  const indices = [...a.keys()];
  const same = a.size === b.size && indices.every((index) => b.get(index)?.label === a.get(index)?.label);
  if (!same) return { split, reason: `the two networks were measured on different ${split} images` };
  const pairs = indices.map((index) => [a.get(index)!, b.get(index)!] as const);
  const right = (which: 0 | 1) => pairs.map((pair) => pair[which].predicted === pair[which].label);
  const losses = (which: 0 | 1) => pairs.map((pair) => pair[which].loss);
  const counts = discordantCounts(right(0), right(1));
  if (counts.status === 'undefined') return { split, reason: counts.reason };
  const { onlyFirst, onlySecond, examples } = counts;
  const test = mcnemar(onlyFirst, onlySecond, examples);
  if (test.status === 'undefined') return { split, reason: test.reason };
  const shares = (flags: readonly boolean[]) => flags.map((flag) => (flag ? 1 : 0));
  return {
    split,
    examples,
    onlyFirst,
    onlySecond,
    difference: test.difference,
    interval: { low: test.low, high: test.high },
    p: test.p,
    accuracyBootstrap: bootstrapped(shares(right(0)), shares(right(1))),
    lossDifference: losses(0).reduce((sum, loss, i) => sum + loss - losses(1)[i]!, 0) / examples,
    lossBootstrap: bootstrapped(losses(0), losses(1)),
  };
}

function bootstrapped(first: readonly number[], second: readonly number[]): Bounds | null {
  const result = bootstrapExamples(first, second);
  return result.status === 'ok' ? { low: result.low, high: result.high } : null;
}

/** The comparison in sentences; `names` are the two networks'. */
export function networkSentences(
  result: NetworkResult,
  [first, second]: readonly [string, string],
): string[] {
  if ('reason' in result) return [`${first} and ${second} cannot be compared: ${result.reason}.`];
  const { split, examples, onlyFirst, onlySecond, difference, interval, p } = result;
  const signed = (value: number, text: string) => (value > 0 ? `+${text}` : text);
  const bootstrap = result.accuracyBootstrap;
  const more =
    bootstrap === null
      ? ''
      : `; bootstrap over images ${formatInterval(bootstrap.low, bootstrap.high, 'points')}`;
  const loss = result.lossBootstrap;
  const { lossDifference } = result;
  return [
    `On ${examples} ${split} images, only ${first} is right on ${onlyFirst}, only ${second} on ${onlySecond}: difference ${signed(difference, formatValue(difference, 'points'))}, 95% interval ${formatInterval(interval.low, interval.high, 'points')} (Bonett and Price)${more}; McNemar’s exact p ${p < 0.001 ? formatP(p) : `= ${formatP(p)}`}.`,
    ...(loss === null
      ? []
      : [
          `Mean ${split} loss: difference ${signed(lossDifference, formatNumber(lossDifference))}, bootstrap over images [${formatNumber(loss.low)}, ${formatNumber(loss.high)}].`,
        ]),
  ];
}
