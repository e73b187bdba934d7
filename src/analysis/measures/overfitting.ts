/** When a run is said to overfit: the rule, in one place. */

import { mean, minIndex } from 'd3-array';
import type { LoadedRun } from '../../store/records.js';
import { curveOf, isFinished, lastPoints, lastWindow, type Point } from './curves.js';
import { detrendedDeviation } from './measures.js';

/** The rule in words, for the report's definitions. */
export const OVERFITTING_RULE =
  'A run is said to overfit where its validation loss, as a moving mean over max(3, 10%) epochs, is lowest before the last max(3, 10%) epochs, and the mean over those last epochs lies above that lowest value by more than twice the loss’s fluctuation there (the standard deviation around a fitted straight line).';

export interface Overfitting {
  /** Epoch at whose end the moving mean is lowest. */
  readonly onset: number;
  /** Mean of the last epochs minus the lowest moving mean, in nats. */
  readonly rise: number;
  /** Validation accuracy of the last epochs minus that around the onset; `null` where it was not measured. */
  readonly accuracyChange: number | null;
}

/** What a run overfits by, or `null`: it does not by the rule, did not finish, or has too few epochs to tell. */
export function overfittingOf(run: LoadedRun): Overfitting | null {
  const points = curveOf(run, 'validLoss');
  const last = lastPoints(run, 'validLoss');
  const end = points.at(-1)?.epoch;
  const noise = detrendedDeviation(last);
  if (!isFinished(run) || end === undefined || noise === null) return null;
  const window = lastWindow(end);
  const smooth = movingMean(points, window);
  const lowest = smooth[minIndex(smooth, ({ value }) => value)];
  const level = average(last);
  if (lowest === undefined || level === null || lowest.epoch > end - window) return null;
  const rise = level - lowest.value;
  if (!(rise > 2 * noise)) return null;
  const accuracy = curveOf(run, 'validAccuracy');
  const there = average(
    accuracy.filter(({ epoch }) => epoch > lowest.epoch - window && epoch <= lowest.epoch),
  );
  const after = average(lastPoints(run, 'validAccuracy'));
  return {
    onset: lowest.epoch,
    rise,
    accuracyChange: there === null || after === null ? null : after - there,
  };
}

const average = (points: readonly Point[]): number | null => mean(points, ({ value }) => value) ?? null;

/** Means over the `window` epochs that end at each point, from the first whole window on. */
function movingMean(points: readonly Point[], window: number): Point[] {
  return points
    .filter(({ epoch }) => epoch >= window)
    .map(({ epoch }) => {
      const own = points.filter((one) => one.epoch > epoch - window && one.epoch <= epoch);
      return { epoch, value: average(own) ?? Number.NaN };
    });
}
