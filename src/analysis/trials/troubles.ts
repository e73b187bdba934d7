/** Runs whose number is no measurement of what was asked: collapsed beside their siblings, or without having learned. */

import { clopperPearson } from '../../stats/clopperPearson.js';
import { collapsed } from '../../stats/collapse.js';
import { deadBesideSiblings, FAR_ABOVE_GUESSING } from '../../stats/deadRuns.js';
import { mean } from '../../stats/summary.js';
import type { LoadedRun, StudyRecords } from '../../store/records.js';
import { classesOf } from '../../study/rules.js';
import { isFinished, lastPoints } from '../measures/curves.js';
import type { Measure } from '../measures/measures.js';
import type { RunGroup } from './runGroup.js';
import { measureValue } from './summary.js';

/** `constant`: it predicts one class for every image; `chance`: its accuracy is no higher than that of guessing. */
export type NotLearned = 'constant' | 'chance';

export interface Troubles {
  /** Far below the other runs of their trial: by the rule of `stats/collapse.ts`, or dead beside runs that train. */
  readonly collapsed: ReadonlySet<LoadedRun>;
  readonly notLearned: ReadonlyMap<LoadedRun, NotLearned>;
}

export function findTroubles(records: StudyRecords, trials: readonly RunGroup[], metric: Measure): Troubles {
  const { goal } = records.study.metric;
  const measured = trials.map(({ runs }) =>
    asLong(runs.filter(isFinished)).flatMap((run) => {
      const value = measureValue(run, metric);
      return value === null ? [] : [{ run, value }];
    }),
  );
  const fallen = collapsed(
    measured.map((own) => own.map(({ value }) => value)),
    goal,
  );
  const validation = records.split?.validation.length ?? null;
  const dead = new Map(
    records.runs.flatMap((run) => {
      const why = notLearned(run, validation);
      return why === null ? [] : [[run, why] as const];
    }),
  );
  return {
    collapsed: new Set([
      ...measured.flatMap((own, i) => own.flatMap(({ run }, k) => (fallen[i]![k] ? [run] : []))),
      ...deadRuns(trials, dead, validation),
    ]),
    notLearned: dead,
  };
}

/** Dead runs beside siblings that train as the study's do, by the rule of `stats/deadRuns.ts`. */
function deadRuns(
  trials: readonly RunGroup[],
  dead: Troubles['notLearned'],
  validation: number | null,
): LoadedRun[] {
  if (dead.size === 0) return [];
  const fallen = trials.map(({ runs }) => runs.filter((run) => dead.has(run)));
  const isCollapsed = deadBesideSiblings(
    trials.map(({ runs }, i) => {
      const [first] = fallen[i]!;
      const alive = asLong(runs.filter(isFinished)).filter((run) => !dead.has(run));
      return {
        alive: alive.flatMap((run) => aboveGuessing(run) ?? []),
        dead: fallen[i]!.length,
        noise: first === undefined ? 0 : noiseOfGuessing(first, validation),
      };
    }),
  );
  return fallen.flatMap((runs, i) => (isCollapsed[i] ? runs : []));
}

/** Accuracy of the last epochs less that of guessing; `null`: not measured, or the classes are not known. */
function aboveGuessing(run: LoadedRun): number | null {
  const accuracy = accuracyOf(run);
  const guess = guessOf(run);
  return accuracy === null || guess === null ? null : accuracy - guess;
}

/** What an accuracy has to exceed guessing by to be far from it: the guess itself where the number of images is not known. */
function noiseOfGuessing(run: LoadedRun, validation: number | null): number {
  const guess = guessOf(run) ?? 1;
  return validation === null || validation === 0
    ? guess
    : FAR_ABOVE_GUESSING * Math.sqrt((guess * (1 - guess)) / validation);
}

const accuracyOf = (run: LoadedRun) => mean(lastPoints(run, 'validAccuracy').map(({ value }) => value));

function guessOf({ record: { configuration } }: LoadedRun): number | null {
  return configuration === null ? null : 1 / classesOf(configuration.dataset);
}

/** A run that ended before its siblings, and not by design, lies below them because it is shorter. */
function asLong(runs: readonly LoadedRun[]): readonly LoadedRun[] {
  const most = runs.reduce((end, { record }) => Math.max(end, record.epochsDone), 0);
  return runs.filter(({ record }) => record.epochsDone === most || record.endedByDesign !== undefined);
}

/**
 * Whether a finished run did not learn: one class is predicted for every validation image, or the mean accuracy of the last
 * epochs is at most what guessing gives (1 / classes), or above it by no more than chance would (one-sided 99% of that
 * many images; a fifth more than guessing where their number is not known). `null` also where the classes are not known.
 */
function notLearned(run: LoadedRun, validation: number | null): NotLearned | null {
  const accuracy = accuracyOf(run);
  const guess = guessOf(run);
  if (!isFinished(run) || guess === null || accuracy === null) return null;
  if (run.predictedClasses === 1) return 'constant';
  if (validation === null || validation === 0) return accuracy <= 1.2 * guess ? 'chance' : null;
  const interval = clopperPearson(Math.round(accuracy * validation), validation, 0.98);
  return interval.status === 'ok' && interval.low <= guess ? 'chance' : null;
}

const REASON: Readonly<Record<NotLearned, string>> = {
  constant: 'one class predicted for every image',
  chance: 'accuracy of guessing',
};

/** How it is known that runs did not learn: `accuracy of guessing`. */
export function reasonText(reasons: readonly NotLearned[]): string {
  return [...new Set(reasons)]
    .sort()
    .map((reason) => REASON[reason])
    .join(', or ');
}

/** The group without its runs that did not learn; `null` where none is left of a group that had runs. */
export function learnedOf(group: RunGroup, { notLearned: known }: Troubles): RunGroup | null {
  const runs = group.runs.filter((run) => !known.has(run));
  if (runs.length === group.runs.length) return group;
  return runs.length === 0 ? null : group.with({ runs });
}

/** `2 of 3 runs predict one class for every image`; `null` where all that finished have learned. */
export function learningText({ runs }: RunGroup, { notLearned: known }: Troubles): string | null {
  const own = runs.flatMap((run) => known.get(run) ?? []);
  if (own.length === 0) return null;
  const finished = runs.filter(isFinished).length;
  const which =
    finished === 1
      ? 'its run'
      : own.length === finished
        ? 'its runs'
        : `${own.length} of its ${finished} runs`;
  const plural = finished > 1 && own.length > 1 ? '' : 's';
  return own.every((why) => why === 'constant')
    ? `${which} predict${plural} one class for every image at the end`
    : `${which} did not learn: the accuracy is that of guessing`;
}

/** Classes of the images; `null` where the runs do not tell of which data they are (imported curves). */
export function classesIn({ runs }: StudyRecords): number | null {
  const configuration =
    runs.find(({ record }) => record.configuration !== null)?.record.configuration ?? null;
  return configuration === null ? null : classesOf(configuration.dataset);
}
