/** Runs that were read -> a study file and its records, as if they had been trained here. */

import { stringify } from 'yaml';
import { levelKey, levelsLabel } from '../../analysis/words/labels.js';
import { requestError } from '../../base/errors.js';
import type { RunRecord } from '../../store/records.js';
import { waitingRecord } from '../../store/waitingRecord.js';
import { expandTrials } from '../../study/expand.js';
import { fingerprint } from '../../study/fingerprint.js';
import { metricOf } from '../../study/metrics.js';
import { parseStudy } from '../../study/parse.js';
import { setPath } from '../../study/paths.js';
import { runId } from '../../study/plan.js';
import type { LevelValue, ResolvedStudy, Run } from '../../study/types.js';
import type { Choices } from '../choices.js';
import type { ImportedRun } from '../importedRun.js';
import { matchName, parseLevelNames, parseTemplate, typedLevel } from '../levels/template.js';
import type { ReadCurves } from '../readCurves.js';
import type { RunCurves } from '../reading/curves.js';
import type { Metric } from '../reading/headers.js';
import { type InferredDesign, inferDesign } from './design.js';
import { METRIC_LABEL } from './words.js';

/** Stands where a dataset's checksum would: what the curves were measured on is not known. */
export const IMPORTED_CHECKSUM = 'imported';

export interface MadeStudy {
  readonly study: ResolvedStudy;
  /** The study file, as it could have been written by hand. */
  readonly studyFile: string;
  readonly runs: readonly MadeRun[];
  /** What was assumed of the study, one sentence each. */
  readonly notes: readonly string[];
}

export interface MadeRun {
  readonly record: RunRecord;
  readonly curves: RunCurves;
}

/** @throws a request error where the baseline that was asked for is none of the runs */
export function makeStudy({ runs, held }: ReadCurves, choices: Choices, name: string): MadeStudy {
  const design = inferDesign(
    runs.map(({ levels }) => levels),
    choices.baseline === undefined ? undefined : baselineOf(runs, choices),
  );
  const metric = judgeOf(runs, choices);
  const studyFile = describe(name, { runs, held, design, metric, choices });
  const study = parseStudy(studyFile, { file: 'the imported study' });
  const runOf = planned(study, design);
  const last = study.baseline.training.epochs;
  const made = runs.map((run) => ({
    record: recordOf(runOf(run), run, last, choices.finished),
    curves: run.curves,
  }));
  return { study, studyFile, runs: made, notes: [...design.notes, ...metricNotes(runs, metric, study)] };
}

/** The run of the study that an imported one is. Of all trials with all seeds only these are named: there may be millions. */
function planned(study: ResolvedStudy, { baseline }: InferredDesign): (run: ImportedRun) => Run {
  const keyOf = (levels: Readonly<Record<string, LevelValue>>) =>
    Object.keys(baseline)
      .map((path) => levelKey(levels[path] ?? null))
      .join(' ');
  const seeds = new Map(study.seeds.map((seed) => [seed.label, seed]));
  const trials = new Map<string, Run['trial']>();
  for (const trial of expandTrials(study)) {
    // The levels that the design does not vary are the baseline's.
    const key = keyOf({ ...baseline, ...trial.levels });
    if (!trials.has(key)) trials.set(key, trial);
  }
  return ({ levels, seed: label }) => {
    const [trial, seed] = [trials.get(keyOf(levels)), seeds.get(label)];
    if (trial === undefined || seed === undefined) throw new Error(`no trial for ${levelsLabel(levels)}`);
    const print = fingerprint(trial.configuration, seed, IMPORTED_CHECKSUM);
    return { trial, seed, stage: 'final', id: runId(trial, seed, print), fingerprint: print };
  };
}

/** By the name of the run or its file; else by the levels that the name tells. */
function baselineOf(runs: readonly ImportedRun[], choices: Choices): Readonly<Record<string, LevelValue>> {
  const asked = choices.baseline!;
  const bare = (text: string) => text.replace(/^.*[\\/]/, '').replace(/\.\w+$/, '');
  const found =
    runs.find(({ name, run }) => name === asked || run.name === asked) ??
    runs.find(({ run }) => bare(run.name) === bare(asked) || run.name.replace(/^.*\//, '') === asked);
  if (found !== undefined) return found.levels;
  if (choices.levels !== undefined) {
    const means = parseLevelNames(choices.means ?? []);
    const { seed: _, ...texts } = matchName(parseTemplate(choices.levels), bare(asked));
    return Object.fromEntries(
      Object.entries(texts).map(([path, text]) => [path, typedLevel(path, text, means)]),
    );
  }
  throw requestError({
    what: 'no imported run has the name of the baseline that was asked for',
    where: '--baseline',
    rule: `one of ${runs
      .slice(0, 8)
      .map(({ name }) => name)
      .join(', ')}`,
    value: asked,
  });
}

const JUDGES = ['validAccuracy', 'validLoss', 'trainAccuracy', 'trainLoss'] as const;
type Judge = NonNullable<Choices['metric']>;

const holds = ({ curves }: ImportedRun, metric: Judge) => curves.values[metric] !== undefined;

/** What the imported study is judged by: the best of what every run holds. */
function judgeOf(runs: readonly ImportedRun[], { metric }: Choices): Judge {
  const alive = runs.filter(({ curves }) => curves.diverged === null);
  const usable = alive.length > 0 ? alive : runs;
  if (metric === undefined)
    return JUDGES.find((one) => usable.every((run) => holds(run, one))) ?? 'validAccuracy';
  const without = usable.find((run) => !holds(run, metric));
  if (without === undefined) return metric;
  throw requestError({
    what: 'a run does not hold the metric that --metric names',
    where: without.name,
    rule: 'a metric that every run holds',
    value: metric,
  });
}

/** Smallest difference of a loss worth knowing, in nats, where curves hold no accuracy. */
const IMPORTED_LOSS_EFFECT = 0.05;

function metricNotes(runs: readonly ImportedRun[], metric: Judge, study: ResolvedStudy): string[] {
  const isLoss = metricOf(metric).unit === 'loss';
  const effect = isLoss ? `, with ${study.smallestEffect} nats as smallestEffect in study.yaml` : '';
  const partly = JUDGES.slice(0, JUDGES.indexOf(metric as (typeof JUDGES)[number])).filter((one) =>
    runs.some((run) => holds(run, one)),
  );
  const why =
    partly.length > 0 ? ` (not every run holds ${partly.map((one) => METRIC_LABEL[one]).join(' or ')})` : '';
  return metric === 'validAccuracy' ? [] : [`the study is judged by ${metric}${effect}${why}`];
}

interface Description {
  readonly runs: readonly ImportedRun[];
  readonly held: Readonly<Record<string, LevelValue>>;
  readonly design: InferredDesign;
  readonly metric: Judge;
  readonly choices: Choices;
}

const BASELINE_KEYS = ['learningRate', 'schedule', 'weightDecay', 'activation'];

function describe(name: string, { runs, held, design, metric, choices }: Description): string {
  const last = runs.reduce((most, { curves }) => Math.max(most, curves.epochs.at(-1) ?? 1), 1);
  const sections: Record<string, unknown> = {
    dataset: { name: 'cifar100' },
    network: { name: 'mobilenet' },
    training: { epochs: choices.until ?? last },
    // Also without such hyperparameters it says that the study was imported, and cannot be trained.
    imported: {},
  };
  const baseline: Record<string, LevelValue> = {
    learningRate: 0.05,
    schedule: 'constant',
    weightDecay: 0,
    activation: 'relu',
  };
  for (const [path, value] of [...Object.entries(held), ...Object.entries(design.baseline)]) {
    if (BASELINE_KEYS.includes(path)) baseline[path] = value;
    else setPath(sections, path.split('.'), value);
  }
  const isLoss = metricOf(metric).unit === 'loss';
  const effect = choices.smallestEffect ?? (isLoss ? IMPORTED_LOSS_EFFECT : undefined);
  const seeds = new Set(runs.map(({ seed }) => seed));
  return stringify(
    {
      name,
      ...sections,
      method: design.method,
      baseline,
      factors: design.factors,
      ...(design.trials.length === 0 ? {} : { trials: design.trials }),
      seeds: [...seeds].sort((a, b) => a - b),
      metric: { name: metric, goal: isLoss ? 'minimize' : 'maximize', at: 'last' },
      ...(effect === undefined ? {} : { smallestEffect: effect }),
    },
    { aliasDuplicateObjects: false },
  );
}

function recordOf(
  run: Run,
  { curves, run: source, name }: ImportedRun,
  last: number,
  finished?: string,
): RunRecord {
  const { diverged, torn } = curves;
  const end = curves.epochs.at(-1) ?? 0;
  const epochs = Object.hasOwn(run.trial.levels, 'training.epochs')
    ? run.trial.configuration.training.epochs
    : last;
  return {
    ...waitingRecord(run, null),
    configuration: null,
    status: diverged !== null ? 'diverged' : torn ? 'interrupted' : 'done',
    statusReason: reasonOf(curves),
    epochsDone: diverged?.epoch ?? end,
    epochs: Math.max(epochs, end),
    source: sourceOf(source, name),
    rows: curves.epochs.length,
    ...(finished !== undefined && end < epochs && diverged === null ? { endedByDesign: finished } : {}),
  };
}

function reasonOf({ diverged, torn }: ImportedRun['curves']): string | null {
  if (diverged !== null)
    return `${METRIC_LABEL[diverged.metric as Metric]} is not finite from epoch ${diverged.epoch} on`;
  return torn ? 'the last line of its log is cut: whoever wrote it was killed or is still writing' : null;
}

/** The file's name, and which part of it. */
function sourceOf({ pieces }: ImportedRun['run'], name: string): string {
  const [first] = pieces;
  if (pieces.length > 1 || first!.log.files.length > 1) return name;
  const file = first!.log.files[0]!.path.replace(/^.*\//, '');
  const part = Object.entries(first!.part).map(([column, text]) => `${column} ${text}`);
  return part.length === 0 ? file : `${file}, ${part.join(', ')}`;
}
