/** Published curves (CSV files) -> the records of a study, as if its runs had been trained here. */

import { stringify } from 'yaml';
import { requestError } from '../base/errors.js';
import type { LoadedRun, RunRecord, StudyRecords } from '../store/records.js';
import { waitingRecord } from '../store/waitingRecord.js';
import { parseStudy } from '../study/parse.js';
import { planRuns } from '../study/plan.js';
import type { LevelValue, Run } from '../study/types.js';
import { asFractions, type ColumnMap, type CsvSource, type ReadCurve, readCurve } from './importCsv.js';
import { type InferredDesign, inferDesign } from './importDesign.js';
import { type LevelNames, matchName, parseTemplate } from './importTemplate.js';
import { levelKey, levelsLabel } from './words/labels.js';

export type { CsvSource } from './importCsv.js';
export { parseColumns } from './importCsv.js';
export { parseLevelNames } from './importTemplate.js';

export interface ImportOptions {
  /** How file names tell the levels: `lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}`. */
  readonly levels: string;
  /** Name of the study. */
  readonly name: string;
  /** Columns that likeness does not find. */
  readonly columns?: ColumnMap;
  /** What texts in file names mean, where they are no level as a study file writes it. */
  readonly means?: LevelNames;
  /** Name of the file that is the baseline; without it, it is inferred. */
  readonly baseline?: string;
}

export interface ImportedStudy {
  readonly records: StudyRecords;
  /** The study file, as it could have been written by hand. */
  readonly studyFile: string;
  /** What was assumed, each one sentence. */
  readonly notes: readonly string[];
}

/** Stands where a dataset's checksum would: what the curves were measured on is not known. */
export const IMPORTED_CHECKSUM = 'imported';

/**
 * Reads curves as a study. Levels come from the file names, the design from the levels (`inferDesign`).
 * @throws a request error for file names off the template, unreadable cells, two files of one configuration and seed
 */
export function importCurves(sources: readonly CsvSource[], options: ImportOptions): ImportedStudy {
  if (sources.length === 0) throw requestError({ what: 'there is no CSV file to import' });
  const template = parseTemplate(options.levels);
  const read = sources.map((source) => readCurve(source, options.columns ?? {}));
  const { curves, percent } = asFractions(read);
  const runs = curves.map((curve) => {
    const { seed, ...levels } = matchName(template, curve.name, options.means);
    return { curve, seed: typeof seed === 'number' ? seed : 0, levels };
  });
  const preferred =
    options.baseline === undefined
      ? undefined
      : withoutSeed(matchName(template, options.baseline, options.means));
  const design = inferDesign(
    runs.map(({ levels }) => levels),
    preferred,
  );
  const studyFile = describeStudy(options.name, design, runs);
  const study = parseStudy(studyFile, { file: 'the imported study' });
  const planned = planRuns(study, IMPORTED_CHECKSUM);
  const loaded = new Map<string, LoadedRun>();
  for (const run of runs) {
    const match = planned.find((one) => one.seed.label === run.seed && sameLevels(one, run.levels, design));
    if (match === undefined) throw new Error(`no trial for ${levelsLabel(run.levels)}`);
    const other = loaded.get(match.id);
    if (other !== undefined) {
      throw requestError({
        what: 'two files hold the same configuration and seed',
        where: `${other.record.source ?? ''} and ${run.curve.name}`,
        rule: 'one file per run; {seed} in --levels tells repeats apart',
      });
    }
    loaded.set(match.id, loadedRun(match, run.curve));
  }
  return {
    studyFile,
    notes: [
      `accuracies were read as ${percent ? 'percentages' : 'fractions'}`,
      ...(study.metric.name.endsWith('Loss')
        ? [
            `the study is judged by ${study.metric.name}, with ${study.smallestEffect} nats as smallestEffect in study.yaml`,
          ]
        : []),
      ...design.notes,
      ...curves.flatMap(({ notes }) => notes),
    ],
    records: {
      directory: '',
      study,
      runs: planned.flatMap(({ id }) => loaded.get(id) ?? []),
      missing: planned
        .filter(({ id }) => !loaded.has(id))
        .map(({ id, trial, seed }) => ({ id, trialName: trial.name, seed })),
      outside: [],
      looks: [],
      split: null,
    },
  };
}

type NamedRun = {
  readonly curve: ReadCurve;
  readonly seed: number;
  readonly levels: Readonly<Record<string, LevelValue>>;
};

function withoutSeed(levels: Readonly<Record<string, LevelValue>>): Record<string, LevelValue> {
  const { seed: _, ...rest } = levels;
  return rest;
}

/** The levels that the design does not vary are the baseline's. */
function sameLevels(run: Run, levels: Readonly<Record<string, LevelValue>>, design: InferredDesign): boolean {
  return Object.entries(levels).every(
    ([path, value]) => levelKey(run.trial.levels[path] ?? design.baseline[path] ?? null) === levelKey(value),
  );
}

const BASELINE_KEYS = ['learningRate', 'schedule', 'weightDecay', 'activation'];

function describeStudy(name: string, design: InferredDesign, runs: readonly NamedRun[]): string {
  const epochs = Math.max(...runs.flatMap(({ curve }) => curve.rows.map((row) => row.epoch)));
  const sections: Record<string, Record<string, unknown>> = {
    dataset: { name: 'cifar100' },
    network: { name: 'mobilenet' },
    training: { epochs },
  };
  const baseline: Record<string, LevelValue> = {
    learningRate: 0.05,
    schedule: 'constant',
    weightDecay: 0,
    activation: 'relu',
  };
  for (const [path, value] of Object.entries(design.baseline)) {
    if (BASELINE_KEYS.includes(path)) baseline[path] = value;
    else setPath(sections, path.split('.'), value);
  }
  const metric = importedMetric(runs);
  const isLoss = metric.endsWith('Loss');
  return stringify({
    name,
    ...sections,
    method: design.method,
    baseline,
    factors: design.factors,
    ...(design.trials.length === 0 ? {} : { trials: design.trials }),
    seeds: [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b),
    metric: { name: metric, goal: isLoss ? 'minimize' : 'maximize', at: 'last' },
    ...(isLoss ? { smallestEffect: IMPORTED_LOSS_EFFECT } : {}),
  });
}

/** Smallest difference of a loss worth knowing, in nats, where published curves hold no accuracy. */
const IMPORTED_LOSS_EFFECT = 0.05;

/** What the imported study is judged by: the best of what every file holds. */
function importedMetric(runs: readonly NamedRun[]): string {
  const wanted = ['validAccuracy', 'validLoss', 'trainAccuracy', 'trainLoss'];
  return wanted.find((one) => runs.every(({ curve }) => one in curve.columns)) ?? 'validAccuracy';
}

function setPath(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = target;
  for (const key of path.slice(0, -1)) {
    if (at[key] === null || typeof at[key] !== 'object') at[key] = {};
    at = at[key] as Record<string, unknown>;
  }
  at[path.at(-1)!] = value;
}

function loadedRun(run: Run, curve: ReadCurve): LoadedRun {
  const last = curve.rows.at(-1)!.epoch;
  const diverged = curve.divergedAt !== null;
  const record: RunRecord = {
    ...waitingRecord(run, null),
    configuration: null,
    status: diverged ? 'diverged' : 'done',
    statusReason: diverged ? `the loss is not finite from epoch ${curve.divergedAt} on` : null,
    epochsDone: curve.divergedAt ?? last,
    epochs: last,
    source: curve.name.replace(/^.*[\\/]/, ''),
  };
  return { record, metrics: curve.rows, gradients: [] };
}
