/** A study directory: written by the launcher, loaded for analysis. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { requestError, workError } from '../../base/errors.js';
import { expandTrials, planRuns } from '../../study/expand.js';
import type { ResolvedStudy } from '../../study/types.js';
import { csvHead, csvLine, looksColumns, parseGradients, parseLooks, parseMetrics } from '../csv.js';
import type { LoadedRun, LookRow, RunRecord, SplitRecord, StudyRecords } from '../records.js';
import { fileError, writeWhole } from './files.js';
import { readRunRecord } from './runFiles.js';

export function writeStudy(directory: string, study: ResolvedStudy): void {
  try {
    mkdirSync(join(directory, 'runs'), { recursive: true });
  } catch (error) {
    throw fileError(error, 'the directory of the study cannot be made', directory);
  }
  writeWhole(
    join(directory, 'study.yaml'),
    `# Resolved by ceteris: every default written out.\n${stringify(study)}`,
  );
}

export function writeSplit(directory: string, split: SplitRecord): void {
  writeWhole(join(directory, 'split.json'), `${JSON.stringify(split)}\n`);
}

/** The resolved study of a directory; `null` where there is none. */
export function readStudy(directory: string): ResolvedStudy | null {
  const path = join(directory, 'study.yaml');
  if (!existsSync(path)) return null;
  let study: ResolvedStudy;
  try {
    study = parse(readFileSync(path, 'utf8')) as ResolvedStudy;
  } catch (error) {
    throw workError({ what: 'the resolved study is damaged', where: path, rule: 'YAML', cause: error });
  }
  if (study.formatVersion > 1) {
    throw workError({
      what: 'this study is of a newer version of ceteris',
      where: path,
      advice: 'update ceteris',
    });
  }
  return study;
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

export function readLooks(directory: string): LookRow[] {
  const path = join(directory, 'looks.csv');
  return parseLooks(readText(path) ?? '', path);
}

/** Adds a line to looks.csv: seeds or levels were added after results were seen. */
export function recordLook(directory: string, look: LookRow): void {
  const rows = [...readLooks(directory), look];
  const lines = rows.map((row) => csvLine(looksColumns.map((column) => row[column])));
  writeWhole(join(directory, 'looks.csv'), csvHead('looks', looksColumns) + lines.join(''));
}

/** A run's record and curves; `null` where the directory holds no run. */
export function loadRun(directory: string): LoadedRun | null {
  const record = readRunRecord(join(directory, 'run.json'));
  if (record === null) return null;
  const metrics = join(directory, 'metrics.csv');
  const gradients = join(directory, 'gradients.csv');
  return {
    record,
    metrics: parseMetrics(readText(metrics) ?? '', metrics),
    gradients: parseGradients(readText(gradients) ?? '', gradients),
  };
}

/**
 * Everything of a study directory.
 * @throws a request error where it is no study
 */
export function loadStudy(path: string): StudyRecords {
  const directory = resolve(path);
  const study = readStudy(directory);
  if (study === null) {
    throw requestError({
      what: 'this is no study directory',
      where: path,
      rule: 'a directory that `ceteris run` or `ceteris import` wrote: it holds study.yaml',
    });
  }
  const split = readSplit(directory);
  const found = loadRuns(directory);
  const planned = plannedRuns(study, split, found);
  const named = new Set(planned.map(({ id }) => id));
  return {
    directory,
    study,
    runs: planned.flatMap(({ id }) => found.get(id) ?? []),
    missing: planned.filter(({ id }) => !found.has(id)),
    outside: [...found].filter(([id]) => !named.has(id)).map(([, run]) => run),
    looks: readLooks(directory),
    split,
  };
}

function readSplit(directory: string): SplitRecord | null {
  const text = readText(join(directory, 'split.json'));
  return text === null ? null : (JSON.parse(text) as SplitRecord);
}

function loadRuns(directory: string): Map<string, LoadedRun> {
  const folder = join(directory, 'runs');
  const found = new Map<string, LoadedRun>();
  if (!existsSync(folder)) return found;
  for (const id of readdirSync(folder).sort()) {
    const run = loadRun(join(folder, id));
    if (run !== null) found.set(id, run);
  }
  return found;
}

type Planned = StudyRecords['missing'][number];

/** Imported studies have no dataset, so their runs are known by name and seed only. */
function plannedRuns(
  study: ResolvedStudy,
  split: SplitRecord | null,
  found: ReadonlyMap<string, LoadedRun>,
): Planned[] {
  if (split !== null) {
    return planRuns(study, split.checksum).map(({ id, trial, seed }) => ({
      id,
      trialName: trial.name,
      seed,
    }));
  }
  return expandTrials(study).flatMap((trial) =>
    study.seeds.map((seed) => {
      const match = (record: RunRecord) =>
        record.trialName === trial.name && record.seed.label === seed.label;
      const run = [...found.values()].find(({ record }) => match(record));
      return { id: run?.record.id ?? `${trial.name},seed=${seed.label}`, trialName: trial.name, seed };
    }),
  );
}
