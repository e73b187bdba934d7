/** How long all runs of a study take one after another, from the step times of its baseline. */
import { flopsOfStep } from '../compile/flops.js';
import { compileRun } from '../launch/compileRun.js';
import type { StepTimes } from '../launch/measureSteps.js';
import { studyDataset } from '../launch/prepare.js';
import { expandTrials } from '../study/expand.js';
import type { ResolvedStudy } from '../study/types.js';
import { allRuns } from './runs.js';
import { outlineOf } from './sizes.js';
import { scaledTimes, secondsOf, type TimedKind, timeKey } from './time.js';
import { plannedWork } from './work.js';

export interface StudyDuration {
  readonly name: string;
  readonly runs: number;
  /** Runs of another network, batch size or optimizer than the baseline's: their time is taken as in proportion to operations. */
  readonly scaledRuns: number;
  readonly seconds: number;
}

/**
 * What is on disk does not count.
 * @param times of the baseline's network, batch size and optimizer
 * @throws a request error where a run cannot be trained, as `run` would
 */
export function studyDuration(study: ResolvedStudy, times: StepTimes): StudyDuration {
  const { baseline } = study;
  const outline = outlineOf(studyDataset(study, expandTrials(study)));
  const runs = allRuns(study);
  const work = plannedWork(runs, outline);
  const measured =
    work.kinds.find(({ configuration }) => timeKey(configuration) === timeKey(baseline)) ??
    ({
      configuration: baseline,
      flops: flopsOfStep(compileRun(baseline, outline)),
      steps: 0,
    } satisfies TimedKind);
  const all = scaledTimes(work.kinds, new Map([[measured, times]]));
  const { whole } = secondsOf(work, all);
  return {
    name: study.name,
    runs: runs.length,
    scaledRuns: work.kindOf.filter((kind) => !all[kind].isMeasured).length,
    seconds: whole.reduce((sum, one) => sum + one, 0),
  };
}
