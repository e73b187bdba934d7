/** `ceteris import`: CSV files -> a study directory. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { CeterisError, requestError } from '../../base/errors.js';
import { csvHead, metricsColumns, metricsLine } from '../../store/csv.js';
import { fileError, writeWhole } from '../../store/node/files.js';
import { loadStudy, writeStudy } from '../../store/node/studyFiles.js';
import type { LoadedRun, StudyRecords } from '../../store/records.js';
import { type CsvSource, importCurves, parseColumns, parseLevelNames } from '../import.js';

export interface ImportFilesOptions {
  /** CSV files, one run each, or folders of them. */
  readonly sources: readonly string[];
  /** How file names tell the levels: `lr_{learningRate}_wd_{weightDecay}_{activation}_{schedule}`. */
  readonly levels: string;
  /** Directory of the study to write; it must not hold one yet. */
  readonly out: string;
  /** Name of the study; without it, that of the directory. */
  readonly name?: string;
  /** `trainLoss=Loss (train)`: columns that likeness does not find. */
  readonly columns?: readonly string[];
  /** `sigmoid={ name: sigmoid, blocks: 4-10 }`: what texts in file names mean. */
  readonly means?: readonly string[];
  /** Name of the file that is the baseline; without it, it is inferred from the levels. */
  readonly baseline?: string;
  /** Told what was assumed. */
  readonly onNote?: (note: string) => void;
}

/**
 * Reads curves as a study and writes its directory: study.yaml, runs/<id>/run.json and metrics.csv.
 * @returns the study as it is loaded back from there
 * @throws a request error where files cannot be read as curves of one study, or `out` holds a study already
 */
export function importCurveFiles(options: ImportFilesOptions): StudyRecords {
  const directory = resolve(options.out);
  if (existsSync(join(directory, 'study.yaml'))) {
    throw requestError({
      what: 'there is a study already',
      where: options.out,
      rule: 'an import writes a new study and never mixes with another one',
      advice: 'choose another --out, or remove that directory',
    });
  }
  const { records, notes } = importCurves(options.sources.flatMap(readSources), {
    levels: options.levels,
    name: options.name ?? safeName(basename(directory)),
    ...(options.columns === undefined ? {} : { columns: parseColumns(options.columns) }),
    ...(options.means === undefined ? {} : { means: parseLevelNames(options.means) }),
    ...(options.baseline === undefined ? {} : { baseline: options.baseline }),
  });
  for (const note of notes) options.onNote?.(note);
  // The study file comes last: a directory without one is no study, so a broken-off import can be repeated.
  for (const run of records.runs) writeRun(join(directory, 'runs', run.record.id), run);
  writeStudy(directory, records.study);
  return loadStudy(directory);
}

function safeName(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'imported';
}

function readSources(path: string): CsvSource[] {
  try {
    if (!statSync(path).isDirectory()) return [{ name: path, text: readFileSync(path, 'utf8') }];
    const names = readdirSync(path).filter((name) => /\.csv$/i.test(name));
    if (names.length === 0) throw requestError({ what: 'a folder holds no CSV files', where: path });
    return names
      .sort()
      .map((name) => ({ name: join(path, name), text: readFileSync(join(path, name), 'utf8') }));
  } catch (error) {
    if (error instanceof CeterisError) throw error;
    throw requestError({
      what: 'a source of curves cannot be read',
      where: path,
      cause: error,
      advice: 'check its path',
    });
  }
}

function writeRun(directory: string, run: LoadedRun): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw fileError(error, 'the directory of a run cannot be made', directory);
  }
  writeWhole(
    join(directory, 'metrics.csv'),
    csvHead('metrics', metricsColumns) + run.metrics.map(metricsLine).join(''),
  );
  writeWhole(join(directory, 'run.json'), `${JSON.stringify(run.record, null, 2)}\n`);
}
