/** `ceteris import`: files of other tools -> a reading plan, and a study directory. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { requestError } from '../../base/errors.js';
import { csvHead, metricsColumns, metricsLine } from '../../store/csv.js';
import { BatchWriter, fileError, writeWhole } from '../../store/node/files.js';
import { loadStudy, writeStudy } from '../../store/node/studyFiles.js';
import type { StudyRecords } from '../../store/records.js';
import { check, problemsError } from '../../study/problems.js';
import { type Choices, choicesSchema } from '../choices.js';
import type { SourceFile } from '../files/source.js';
import { readRunTable } from '../levels/runTable.js';
import { type FoundFile, openLogs } from '../openLogs.js';
import { type GivenReading, parseReading, type ReadingPlan } from '../plan.js';
import { formsOf } from '../planned.js';
import { readAs, unreadText } from '../planText.js';
import { readCurves } from '../readCurves.js';
import { rowsOf } from '../reading/curves.js';
import { type MadeRun, makeStudy } from '../study/make.js';
import { locateFiles } from './locate.js';

export interface ImportOptions {
  /** Files of curves, or folders of them. */
  readonly sources: readonly string[];
  /** What is decided beforehand; an option of the command line each. */
  readonly choices?: Partial<Choices>;
  /** A plan that was written before: the files are read exactly so. */
  readonly as?: string;
  /** Told after every piece that was read: bytes so far and in all. Files are read twice and more. */
  readonly onProgress?: (read: number, all: number) => void;
}

export interface ImportTarget {
  /** Directory of the study to write; it must not hold one yet. */
  readonly out: string;
  /** Name of the study; without it, that of the directory. */
  readonly name?: string;
}

/**
 * How files would be read as the runs of one study, with their checksums: what `ceteris import --check` prints. Writes
 * nothing.
 * @throws a request error where they cannot be read as curves of one study
 */
export async function planImport(options: ImportOptions): Promise<ReadingPlan> {
  return sealed(await read(options));
}

/** How the files are read, and with what the curves are. */
async function read(options: ImportOptions): Promise<PlannedImport> {
  const leftOut: { file: string; why: string }[] = [];
  const found = locateFiles(options.sources, (file, why) => leftOut.push({ file, why }));
  const given = options.as === undefined ? null : readReading(options.as);
  const as = given?.plan ?? null;
  const own = checkedChoices(options.choices ?? {});
  if (as !== null) refuseOtherReading(own);
  const choices = { ...given?.choices, ...own };
  const notes: string[] = [];
  const used: SourceFile[] = [];
  const sums = new Checksums();
  if (as !== null) {
    await sums.refuseChanged(as, found);
    for (const note of uncheckedNotes(as)) notes.push(note);
  }
  const all = found.reduce((sum, { file }) => sum + file.bytes, 0);
  let done = 0;
  const logs = openLogs(found, {
    choices,
    ...(as === null ? {} : { formOf: formsOf(as) }),
    note: (text) => {
      if (!notes.includes(text)) notes.push(text);
    },
    leaveOut: (file, why) => leftOut.push({ file, why }),
    progress: (bytes) => {
      done += bytes;
      options.onProgress?.(done, all);
    },
  });
  const table =
    choices.runs === undefined
      ? null
      : await readRunTable(namedFile(choices.runs), (text) => notes.push(text));
  const followed = (async function* () {
    for await (const log of logs) {
      for (const file of log.files) used.push(file);
      yield log;
    }
  })();
  const curves = await readCurves({ logs: followed, table, leftOut, notes }, choices, as);
  return { plan: curves.plan, choices, curves, files: used, sums };
}

interface PlannedImport {
  readonly plan: ReadingPlan;
  readonly choices: Choices;
  readonly curves: Awaited<ReturnType<typeof readCurves>>;
  readonly files: readonly SourceFile[];
  readonly sums: Checksums;
}

/** The plan with the checksum of every file that was read. */
async function sealed({ plan, files, sums }: PlannedImport): Promise<ReadingPlan> {
  const checked = [];
  for (const file of files) checked.push({ file: file.path, bytes: file.bytes, sha256: await sums.of(file) });
  return { ...plan, files: checked };
}

export interface WrittenImport {
  readonly records: StudyRecords;
  readonly plan: ReadingPlan;
  /** What was assumed, each one sentence. */
  readonly notes: readonly string[];
}

/**
 * Reads curves as a study and writes its directory: import.json, runs/<id>/run.json and metrics.csv, study.yaml.
 * @returns the study as it is loaded back from there
 * @throws a request error where files cannot be read as curves of one study, or `out` holds a study already
 */
export async function importCurves(options: ImportOptions & ImportTarget): Promise<WrittenImport> {
  const directory = resolve(options.out);
  refuseOther(directory, options.out);
  // Of what was read only the plan is kept: the study is loaded again, as it will be from now on.
  const plan = await writeImport(directory, options);
  return { records: loadStudy(directory), plan, notes: plan.notes };
}

async function writeImport(directory: string, options: ImportOptions & ImportTarget): Promise<ReadingPlan> {
  const found = await read(options);
  const study = makeStudy(found.curves, found.choices, options.name ?? safeName(basename(directory)));
  const own = await sealed(found);
  const plan = {
    ...own,
    notes: [...own.notes, ...study.notes],
    readAs: [...readAs(own), ...unreadText(own)],
  };
  // The study file comes last, when all else is on the disk: a directory without one is no study, so a broken-off
  // import can be repeated.
  makeDirectory(join(directory, 'runs'));
  writeWhole(join(directory, 'import.json'), `${JSON.stringify(plan, null, 2)}\n`);
  const batch = new BatchWriter();
  for (const run of study.runs) writeRun(batch, join(directory, 'runs', run.record.id), run);
  batch.flush(join(directory, 'runs'));
  writeStudy(directory, study.study);
  return plan;
}

function refuseOther(directory: string, out: string): void {
  if (!existsSync(join(directory, 'study.yaml'))) return;
  throw requestError({
    what: 'there is a study already',
    where: out,
    rule: 'an import writes a new study and never mixes with another one',
    advice: 'choose another --out, or remove that directory',
  });
}

function checkedChoices(given: Readonly<Record<string, unknown>>): Choices {
  const checked = check(
    choicesSchema,
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  );
  if ('problems' in checked) throw problemsError(checked.problems, 'the options of import');
  return checked.value;
}

/** What may be decided anew of files that are read as a plan says: what their curves are compared by. */
const AFTER_READING: readonly (keyof Choices)[] = [
  'until',
  'finished',
  'baseline',
  'metric',
  'smallestEffect',
];

const optionOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** @throws a request error for an option that a plan has decided already: it would be passed over in silence */
function refuseOtherReading(own: Choices): void {
  const other = (Object.keys(own) as (keyof Choices)[]).find((name) => !AFTER_READING.includes(name));
  if (other === undefined) return;
  throw requestError({
    what: 'a plan says already how the files are read',
    where: optionOf(other),
    rule: `beside --as with a whole plan: ${AFTER_READING.map(optionOf).join(', ')}`,
    advice:
      'change the plan itself, or make it anew: --check with that option (a file that holds `choices` only may be added to)',
  });
}

/** Files of a plan whose checksum was taken out of it. */
function uncheckedNotes({ runs, files = [] }: ReadingPlan): string[] {
  const summed = new Set(files.map(({ file }) => file));
  const read = new Set(runs.flatMap(({ pieces }) => pieces.flatMap(({ file }) => [file].flat())));
  const without = [...read].filter((file) => !summed.has(file));
  const more = without.length > 3 ? ` and ${without.length - 3} more` : '';
  return without.length === 0
    ? []
    : [`the plan holds no checksum of ${without.slice(0, 3).join(', ')}${more}: read as now found`];
}

function readReading(path: string): GivenReading {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw requestError({
      what: 'a reading plan is a file, and this is a folder',
      where: path,
      rule: 'YAML as `ceteris import ... --check` prints it, or import.json of a study',
    });
  }
  try {
    return parseReading(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw fileError(error, 'a reading plan cannot be read', path);
  }
}

function namedFile(path: string): SourceFile {
  const [found] = locateFiles([path]);
  if (found?.named === true) return found.file;
  throw requestError({ what: 'a table of runs is one file', where: path, rule: 'a CSV file' });
}

/** SHA-256 of files, each computed once. */
class Checksums {
  readonly #known = new Map<string, string>();

  async of(file: SourceFile): Promise<string> {
    const known = this.#known.get(file.path);
    if (known !== undefined) return known;
    const hash = createHash('sha256');
    for await (const piece of file.read()) hash.update(piece);
    const sum = hash.digest('hex');
    this.#known.set(file.path, sum);
    return sum;
  }

  /** @throws a request error where a file of the plan is not there, or holds other bytes */
  async refuseChanged({ files = [] }: ReadingPlan, found: readonly FoundFile[]): Promise<void> {
    for (const { file: path, sha256 } of files) {
      const own = found.find(({ file }) => file.path === path);
      if (own === undefined) {
        throw requestError({
          what: 'a file that the plan reads is not there',
          where: path,
          advice: 'name the same files or folders as when the plan was made',
        });
      }
      if ((await this.of(own.file)) === sha256) continue;
      throw requestError({
        what: 'a file has changed since the plan was made',
        where: path,
        rule: `SHA-256 ${sha256.slice(0, 16)}...`,
        value: `${(await this.of(own.file)).slice(0, 16)}...`,
        advice: 'make the plan anew (--check), or remove the line of that file from its `files`',
      });
    }
  }
}

function safeName(text: string): string {
  return (
    text
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 60) || 'imported'
  );
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw fileError(error, 'a directory cannot be made', path);
  }
}

function writeRun(batch: BatchWriter, directory: string, { record, curves }: MadeRun): void {
  makeDirectory(directory);
  const lines = [csvHead('metrics', metricsColumns)];
  for (const row of rowsOf(curves)) lines.push(metricsLine(row));
  batch.write(join(directory, 'metrics.csv'), lines.join(''));
  batch.write(join(directory, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
}
