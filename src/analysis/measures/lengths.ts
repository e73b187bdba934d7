/** Whether runs were measured at the same epochs, so that one measure of them is one thing. */

import type { LoadedRun } from '../../store/records.js';
import { type CurveName, curveOf, isFinished, lastPoints } from './curves.js';
import { curveIdOf, type Measure } from './measures.js';

/**
 * Why a measure cannot be compared between these runs: some ended earlier than the study has epochs, or were not measured
 * in the same last epochs. `null` where it can. A run that ended early by design (`endedByDesign`) is as long as it should be.
 */
export function lengthObstacle(runs: readonly LoadedRun[], measure: Measure): string | null {
  const whole = runs.filter((run) => isFinished(run) && run.record.endedByDesign === undefined);
  const short = whole.filter(({ record }) => record.epochsDone < record.epochs);
  if (short.length > 0) {
    const least = short.reduce(
      (end, { record }) => Math.min(end, record.epochsDone),
      Number.POSITIVE_INFINITY,
    );
    const most = whole.reduce((end, { record }) => Math.max(end, record.epochsDone), 0);
    const others =
      most > least ? `epoch ${least} against ${most}` : `epoch ${least} of ${short[0]!.record.epochs}`;
    return `runs differ in length (${others})`;
  }
  return gridObstacle(whole, measure);
}

/** Of runs of equal length: the epochs that a mean of the last epochs, or a last value, rests on. */
function gridObstacle(runs: readonly LoadedRun[], measure: Measure): string | null {
  const [curve, at] = curveIdOf(measure.id);
  if (at !== 'last' && at !== 'final') return null;
  const grids = new Map<string, readonly number[]>();
  for (const run of runs) {
    const points =
      at === 'last' ? lastPoints(run, curve as CurveName) : curveOf(run, curve as CurveName).slice(-1);
    const epochs = points.map(({ epoch }) => epoch);
    // Where the number of epochs is a factor, ends differ by design.
    const fromEnd = epochs.map((epoch) => run.record.epochs - epoch);
    if (epochs.length > 0) grids.set(fromEnd.join(' '), epochs);
  }
  if (grids.size < 2) return null;
  const [a, b] = [...grids.values()];
  return `runs were not measured at the same last epochs (${a!.join(', ')} against ${b!.join(', ')})`;
}
