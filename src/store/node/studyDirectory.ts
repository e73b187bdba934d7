/** The files of a study directory beside its runs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseStudy } from '../../study/parse.js';
import type { ResolvedStudy } from '../../study/types.js';
import { formatStudy } from '../../study/write.js';
import { formatLooks, parseLooks } from '../csv.js';
import { formatSelections, formatSplit, parseSelections, parseSplit } from '../json.js';
import type { LookRow, SelectionRecord, SplitRecord } from '../records.js';
import { fileError, readText, writeWhole } from './files.js';

/** Makes the directory and writes study.yaml: the study file with every default written out. */
export function writeStudy(directory: string, study: ResolvedStudy): void {
  try {
    mkdirSync(join(directory, 'runs'), { recursive: true });
  } catch (error) {
    throw fileError(error, 'the directory of the study cannot be made', directory);
  }
  const head =
    study.baseline.imported === undefined
      ? '# The study as it was run: every default written out. It can be run as it is.\n'
      : '# A record of curves that were made elsewhere; import.json tells how they were read. It cannot be run.\n';
  writeWhole(join(directory, 'study.yaml'), head + formatStudy(study));
}

/**
 * The resolved study of a directory; `null` where there is none.
 * @throws a request error where study.yaml is damaged or of a newer version
 */
export function readStudy(directory: string): ResolvedStudy | null {
  const path = join(directory, 'study.yaml');
  const text = readText(path);
  return text === null ? null : parseStudy(text, { file: path, isRecord: true });
}

export function writeSplit(directory: string, split: SplitRecord): void {
  writeWhole(join(directory, 'split.json'), formatSplit(split));
}

/**
 * split.json; `null` where there is none.
 * @throws a work error where it is damaged or newer
 */
export function readSplit(directory: string): SplitRecord | null {
  const path = join(directory, 'split.json');
  const text = readText(path);
  return text === null ? null : parseSplit(text, path);
}

export function readLooks(directory: string): LookRow[] {
  const path = join(directory, 'looks.csv');
  const text = readText(path);
  return text === null ? [] : parseLooks(text, path);
}

/** Adds a line to looks.csv: seeds or levels were added after results were seen. */
export function recordLook(directory: string, look: LookRow): void {
  writeWhole(join(directory, 'looks.csv'), formatLooks([...readLooks(directory), look]));
}

/**
 * The selections of selection.json, in order; none where there is no such file.
 * @throws a work error where it is damaged or newer
 */
export function readSelections(directory: string): readonly SelectionRecord[] {
  const path = join(directory, 'selection.json');
  const text = readText(path);
  return text === null ? [] : parseSelections(text, path).selections;
}

/** Adds a selection to selection.json; the earlier ones stay on record. */
export function recordSelection(directory: string, selection: SelectionRecord): void {
  const selections = [...readSelections(directory), selection];
  writeWhole(join(directory, 'selection.json'), formatSelections({ formatVersion: 1, selections }));
}
