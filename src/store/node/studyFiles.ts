/** A study directory, loaded for analysis. What is missing or damaged is told; the rest is loaded. */
import { join, resolve } from 'node:path';
import { CeterisError, requestError } from '../../base/errors.js';
import { type Choice, isDecided, type PlannedRun, planTrials, searchGroups } from '../../study/expand.js';
import { fingerprint } from '../../study/fingerprint.js';
import { canonicalJson } from '../../study/paths.js';
import { runId } from '../../study/plan.js';
import { classesOf } from '../../study/rules.js';
import type { ResolvedStudy, Trial } from '../../study/types.js';
import { parseGradients, parseMetrics, parsePredictions } from '../csv.js';
import { parseImportWords } from '../json.js';
import type {
  LoadedRun,
  MetricsRow,
  MissingRun,
  RunRecord,
  SelectionRecord,
  SplitRecord,
  StudyRecords,
} from '../records.js';
import { matchRuns } from '../runState.js';
import { readText } from './files.js';
import { isLocked } from './lock.js';
import { findRuns } from './runDirectories.js';
import { readRunRecord } from './runFiles.js';
import { readLooks, readSelections, readSplit, readStudy } from './studyDirectory.js';
import { readTrainerFiles } from './trainerFiles.js';

/**
 * A run's record and curves; `null` where the directory holds no run.
 * @throws a work error where run.json is damaged; a curve that is damaged is told to `problem` and left out
 */
export function loadRun(directory: string, problem: (text: string) => void = () => {}): LoadedRun | null {
  const record = readRunRecord(join(directory, 'run.json'));
  if (record === null) return null;
  let readable = true;
  const metrics = curve(directory, 'metrics.csv', parseMetrics, (text) => {
    readable = false;
    problem(text);
  });
  const misfit = readable ? rowsMisfit(record, metrics) : null;
  if (misfit !== null) problem(`run ${record.id}: ${misfit}; it is not averaged${mending(record)}`);
  const run: LoadedRun = {
    record:
      misfit === null ? settled(record, directory) : { ...record, status: 'failed', statusReason: misfit },
    metrics,
    gradients: curve(directory, 'gradients.csv', parseGradients, problem),
    directory,
    ...(misfit === null ? {} : { misfit }),
  };
  if (!isPoor(run)) return run;
  const predicted = curve(directory, 'predictions.csv', parsePredictions, problem)
    .filter(({ split }) => split === 'validation')
    .map((row) => row.predicted);
  return predicted.length === 0 ? run : { ...run, predictedClasses: new Set(predicted).size };
}

/** Whether a run's accuracy is so low that it may predict one class for every image: then its predictions are read. */
function isPoor({ record, metrics }: LoadedRun): boolean {
  const accuracy = metrics.at(-1)?.validAccuracy ?? null;
  if (record.status !== 'done' || record.configuration === null || accuracy === null) return false;
  return accuracy <= 2 / classesOf(record.configuration.dataset);
}

/** Only the record says how far a run is, so what has ended is not begun again by itself. */
function mending({ source, id }: RunRecord): string {
  return source === null
    ? ` (restore the file, or remove runs/${id}: “ceteris run” then trains it again)`
    : ' (restore the file, or import the curves again)';
}

/** How the rows of a finished run do not fit its record: rows are missing, doubled or out of order. `null` where they fit. */
function rowsMisfit(record: RunRecord, metrics: readonly MetricsRow[]): string | null {
  if (record.status !== 'done') return null;
  const { epochsDone, source } = record;
  const back = metrics.findIndex(({ epoch }, i) => i > 0 && epoch <= metrics[i - 1].epoch);
  if (back >= 0) {
    const [before, at] = [metrics[back - 1].epoch, metrics[back].epoch];
    return `metrics.csv does not fit run.json: epoch ${at} follows epoch ${before}`;
  }
  // Imported curves may lack epochs; those of our own runs have every one.
  const first = metrics[0]?.epoch ?? 0;
  const last = metrics.at(-1)?.epoch ?? 0;
  const whole =
    source !== null || record.trainer !== undefined
      ? last === epochsDone && metrics.length === (record.rows ?? metrics.length)
      : first === 1 && metrics.length === epochsDone && last === epochsDone;
  if (whole) return null;
  const written = record.rows === undefined ? '' : ` (${record.rows} rows)`;
  return `metrics.csv does not fit run.json: it holds ${metrics.length} rows, to epoch ${last}, of a run of ${epochsDone} epochs${written}`;
}

/** A run that says that it is running, and that no process works on, was interrupted. */
function settled(record: RunRecord, directory: string): RunRecord {
  return record.status === 'running' && !isLocked(directory) ? { ...record, status: 'interrupted' } : record;
}

function curve<T>(
  directory: string,
  name: string,
  parse: (text: string, file: string) => T[],
  problem: (text: string) => void,
): T[] {
  const path = join(directory, name);
  return attempt(() => parse(readText(path) ?? '', path), [], problem);
}

function attempt<T>(read: () => T, otherwise: T, problem: (text: string) => void): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    problem(error.message.replaceAll(/\s*\n\s*/g, '; '));
    return otherwise;
  }
}

/**
 * Everything of a study directory.
 * @throws a request error where it is no study, or where study.yaml cannot be read
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
  const { runs: found, problems } = findRuns(directory);
  const tell = (text: string) => void problems.push(text);
  const split = attempt(() => readSplit(directory), null, tell);
  const loaded = found.flatMap((one) => loadRun(one.directory, tell) ?? []);
  const trainerFiles = study.trainer === 'engine' ? {} : attempt(() => readTrainerFiles(directory), {}, tell);
  const selections = study.selection === null ? [] : attempt(() => readSelections(directory), [], tell);
  const placed = place(study, { split, loaded, selection: selections.at(-1) ?? null, trainerFiles }, tell);
  return {
    directory,
    study,
    ...placed,
    looks: attempt(() => readLooks(directory), [], tell),
    imported: attempt(() => readImport(directory), null, tell),
    split,
    problems,
  };
}

function readImport(directory: string): NonNullable<StudyRecords['imported']> | null {
  const path = join(directory, 'import.json');
  const text = readText(path);
  return text === null ? null : parseImportWords(text, path);
}

interface Disk {
  readonly split: SplitRecord | null;
  readonly loaded: readonly LoadedRun[];
  readonly selection: SelectionRecord | null;
  /** sha256 of the files that a command is made of, by name. */
  readonly trainerFiles: Readonly<Record<string, string>>;
}

/** Finds each run of the study among those on disk. */
function place(
  study: ResolvedStudy,
  { split, loaded, selection, trainerFiles }: Disk,
  tell: (text: string) => void,
): Pick<StudyRecords, 'runs' | 'missing' | 'outside' | 'search'> {
  const stages = {
    search: { runs: [] as LoadedRun[], missing: [] as MissingRun[] },
    final: { runs: [] as LoadedRun[], missing: [] as MissingRun[] },
  };
  const choices = selection?.levels ?? [];
  const planned = planTrials(study, choices);
  const prints = new Map(planned.map((one): [PlannedRun, Prints] => [one, new Map()]));
  const isCommand = study.trainer !== 'engine';
  const { own, left } = matchRuns(planned, loaded, (record, one) =>
    isCommand
      ? record.fingerprint === printOf(one, trainerFiles, prints.get(one)!)
      : isRunOf(record, one, split, prints.get(one)!),
  );
  // Of imported runs nobody declared any: each level has those that there are.
  const isImported = own.size > 0 && [...own.values()].every(({ record }) => record.source !== null);
  for (const one of planned) {
    const { trial, seed, stage } = one;
    const { runs, missing } = stages[stage];
    const run = own.get(one);
    if (run === undefined) {
      if (isImported) continue;
      const inputs = { datasetChecksum: split?.checksum ?? '', trainerFiles };
      const print = fingerprint(trial.configuration, seed, inputs);
      missing.push({ id: runId(trial, seed, print), trialName: trial.name, seed });
      continue;
    }
    const record = { ...run.record, trialName: trial.name, levels: trial.levels };
    runs.push(cutTo(trial, { ...run, record }, tell));
  }
  const { runs, missing } = stages.final;
  if (study.selection === null) return { runs, missing, outside: left };
  return {
    runs,
    missing: [...missing, ...notChosenYet(study, choices)],
    outside: left,
    search: { ...stages.search, selection },
  };
}

/** The final runs of the levels for which no trial is chosen yet. */
function notChosenYet(study: ResolvedStudy, choices: readonly Choice[]): MissingRun[] {
  const open = searchGroups(study).filter((group) => !isDecided(study, group, choices));
  return open.flatMap(({ name }) =>
    study.seeds.map((seed) => ({ id: `${name},seed=${seed.label}`, trialName: name, seed })),
  );
}

/** By the fingerprint; an imported run, whose configuration nobody knows, by its levels and seed. */
function isRunOf(record: RunRecord, { trial, seed }: PlannedRun, split: SplitRecord | null, prints: Prints) {
  if (record.datasetChecksum === null || record.configuration === null) {
    return record.seed.label === seed.label && canonicalJson(record.levels) === canonicalJson(trial.levels);
  }
  if (split !== null && record.datasetChecksum !== split.checksum) return false;
  const { initial } = trial.configuration.training;
  const sum = initial === null ? undefined : record.initialChecksum;
  const key = `${record.datasetChecksum} ${sum}`;
  const print =
    prints.get(key) ??
    fingerprint(trial.configuration, seed, {
      datasetChecksum: record.datasetChecksum,
      initialChecksums: initial === null || sum === undefined ? undefined : { [initial]: sum },
    });
  prints.set(key, print);
  return record.fingerprint === print;
}

/** Of a run that a command trains: it is known by the command's files as they are recorded. */
function printOf({ trial, seed }: PlannedRun, trainerFiles: Disk['trainerFiles'], prints: Prints): string {
  const print =
    prints.get('') ?? fingerprint(trial.configuration, seed, { datasetChecksum: '', trainerFiles });
  prints.set('', print);
  return print;
}

/** Fingerprints of one planned run by the checksums of its dataset and initial weights. */
type Prints = Map<string, string>;

/**
 * A run that went on for more epochs than the study now asks for, under a schedule that does not look at their number:
 * its first epochs are the study's run, and what was measured at its end belongs to another.
 */
function cutTo(trial: Trial, run: LoadedRun, tell: (text: string) => void): LoadedRun {
  const { epochs } = trial.configuration.training;
  const { record } = run;
  if (record.configuration === null || record.epochs <= epochs) return run;
  tell(
    `run ${record.id} has ${record.epochs} epochs, of which the study takes ${epochs}: without its test results`,
  );
  return {
    record: {
      ...record,
      epochs,
      epochsDone: Math.min(record.epochsDone, epochs),
      test: null,
      calibration: null,
    },
    metrics: run.metrics.filter((row) => row.epoch <= epochs),
    gradients: run.gradients.filter((row) => row.epoch <= epochs),
    ...(run.directory === undefined ? {} : { directory: run.directory }),
    epochsOnDisk: record.epochs,
  };
}

export {
  readLooks,
  readSelections,
  readSplit,
  readStudy,
  recordLook,
  recordSelection,
  writeSplit,
  writeStudy,
} from './studyDirectory.js';
