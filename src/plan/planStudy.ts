/** What running a study would do and could show, before anything is trained. Nothing is written. */
import { existsSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { type Allotment, allot, freeMemory } from '../launch/allotment.js';
import { type DataPlace, placeOfData } from '../launch/dataPlace.js';
import { initialChecksums } from '../launch/initialWeights.js';
import { extensionOf } from '../launch/looks.js';
import { studyDataset } from '../launch/prepare.js';
import { givenStudy, type StudySource } from '../launch/readStudyFile.js';
import { loadStudy, readLooks, readSelections, readStudy } from '../store/node/studyFiles.js';
import { expandTrials, planRuns, searchBasis } from '../study/expand.js';
import type { ResolvedStudy } from '../study/types.js';
import { type PlannedDeviation, type PowerPlan, plannedDeviation, planPower } from './power.js';
import { checksumOnDisk, type RunsOnDisk, runsOnDisk } from './runs.js';
import { outlineOf } from './sizes.js';
import { type MeasuredKind, makespan, secondsOf, timeKinds } from './time.js';
import { designWarnings, deviationWarnings, epochWarnings, weightDecayWarnings } from './warnings.js';
import { plannedWork } from './work.js';

export type PlanStudyOptions = StudySource & PlanSettings;

/** Where a study would be run, and how. */
export interface PlanSettings {
  /** Where studies are kept. */
  readonly out: string;
  /** Overrides, `key=value`. */
  readonly set?: readonly string[] | undefined;
  readonly dataDir?: string | undefined;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  /** Called before the steps are timed, when the request was found possible. */
  readonly onTiming?: (() => void) | undefined;
  /** Between seeds, in points for accuracies, else in the metric's unit; default: measured, or 0.6 points. */
  readonly deviation?: number | undefined;
}

/** A trial with its seeds, and how far its runs are. */
export interface PlannedTrial {
  readonly name: string;
  readonly stage: 'search' | 'final';
  readonly runs: number;
  readonly done: number;
  readonly diverged: number;
  readonly continues: number;
  readonly new: number;
  /** Expected, of one whole run on this machine. */
  readonly secondsPerRun: number;
}

export interface PlannedMemory {
  /** Bytes of the largest run, of the dataset (shared by all runs), of all runs side by side, and what is free. */
  readonly run: number;
  readonly dataset: number;
  readonly total: number;
  readonly free: number;
}

export interface StudyPlan {
  readonly name: string;
  readonly directory: string;
  readonly data: DataPlace;
  readonly trials: readonly PlannedTrial[];
  readonly runs: {
    readonly total: number;
    readonly done: number;
    readonly diverged: number;
    readonly continues: number;
    readonly new: number;
    /** On disk, and not named by the study. */
    readonly outside: number;
  };
  readonly cores: number;
  readonly allotment: Allotment;
  /** What a step takes, for each network and batch size that is left to train. */
  readonly times: readonly MeasuredKind[];
  /** Until everything that is left has ended. */
  readonly seconds: number;
  readonly memory: PlannedMemory;
  readonly power: PowerPlan;
  /** What the study gains after results were seen, in words; `null`: it would be no look. */
  readonly extension: string | null;
  readonly warnings: readonly string[];
}

/** Above so many seconds a study is long. */
const long = 7200;

/**
 * Plans a study: its runs and which of them are there, the expected time from a few measured steps, memory, and what its
 * seeds can detect. The dataset need not be there.
 * @throws a request error where the study file is not valid or a trial cannot be trained
 */
export async function planStudy(options: PlanStudyOptions): Promise<StudyPlan> {
  const study = givenStudy(options, options.set);
  const trials = expandTrials(study);
  const dataset = studyDataset(study, trials);
  const directory = resolve(options.out, study.name);
  const past = pastOf(directory, study);
  const onDisk = runsOnDisk(directory, study, past.inputs, past.choices);
  const outline = outlineOf(dataset);
  const work = plannedWork(onDisk.runs, outline);
  const left = onDisk.runs.filter(({ state }) => state === 'new' || state === 'continues');
  const cores = availableParallelism();
  const [average] = loadavg(); // Before this process adds to it.
  const allotment = allot({
    runsLeft: Math.max(1, left.length),
    cores,
    freeMemory: freeMemory(),
    runMemory: work.runMemory,
    workers: options.workers,
    threads: options.threads,
  });
  options.onTiming?.();
  const times = await timeKinds(work.kinds, outline.classes, allotment);
  const { whole, rest } = secondsOf(work, times);
  const seconds = (['search', 'final'] as const)
    .map((stage) => rest.filter((_, i) => onDisk.runs[i].stage === stage))
    .reduce((sum, own) => sum + makespan(own, allotment.workers), 0);
  const images = (outline.trainExamples + outline.testExamples) * 3072;
  const memory = {
    run: work.runMemory,
    dataset: images,
    total: images + allotment.workers * work.runMemory,
    free: freeMemory(),
  };
  const deviation = plannedDeviation(study, options.deviation, past.records);
  const load = { average, cores, seconds, memory };
  const warnings = [
    ...designWarnings(study),
    ...weightDecayWarnings(onDisk.runs.map(({ trial }, i) => ({ trial, steps: work.wholeSteps[i].train }))),
    ...deviationWarnings(deviation, work.validation),
    ...epochWarnings(past.before, study, trials),
    ...past.notes,
    ...machineWarnings(study, load),
  ];
  return {
    name: study.name,
    directory,
    data: await placeOfData(dataset.name, options.dataDir),
    trials: trialsOf(onDisk, whole),
    runs: { ...countsOf(onDisk.runs), total: onDisk.runs.length, outside: onDisk.outside },
    cores,
    allotment,
    times,
    seconds,
    memory,
    power: planPower({ study, deviation, look: past.look }),
    extension: past.extension,
    warnings,
  };
}

interface MachineLoad {
  readonly average: number;
  readonly cores: number;
  readonly seconds: number;
  readonly memory: PlannedMemory;
}

function machineWarnings(
  { baseline, report }: ResolvedStudy,
  { average, cores, seconds, memory }: MachineLoad,
): string[] {
  const warnings: string[] = [];
  if (memory.total > memory.free) warnings.push('more memory is needed than is free now');
  if (average > cores * 1.25)
    warnings.push(
      `the machine is busy (load ${average.toFixed(1)} on ${cores} cores): measured steps are slower than on an idle one`,
    );
  if (seconds > long && baseline.dataset.name !== 'synthetic' && report.miniatureOf === null)
    warnings.push('more than two hours: studies/ai6103-cpu.yaml is a miniature that fits an evening');
  return warnings;
}

/** What the study directory says about the past. */
function pastOf(directory: string, study: ResolvedStudy) {
  const before = existsSync(join(directory, 'study.yaml')) ? readStudy(directory) : null;
  const checksum = checksumOnDisk(directory);
  const inputs =
    checksum === undefined
      ? null
      : { datasetChecksum: checksum, initialChecksums: initialChecksums(expandTrials(study)) };
  const selection = study.selection === null ? null : (readSelections(directory).at(-1) ?? null);
  const choices = selection?.levels ?? [];
  const search = planRuns(study, inputs ?? '').filter(({ stage }) => stage === 'search');
  const isAnother = selection !== null && selection.basis !== searchBasis(study, search);
  const extension =
    before === null || inputs === null
      ? null
      : extensionOf({ directory, before, after: study, inputs, choices });
  const looks = readLooks(directory).length + (extension === null ? 0 : 1);
  return {
    before,
    inputs,
    choices,
    records: before === null ? null : loadStudy(directory),
    extension: extension?.change ?? null,
    notes: isAnother
      ? [
          'the search is not the one on record: trials will be selected anew, and another choice is another look',
        ]
      : [],
    look: looks === 0 ? null : looks + 1,
  };
}

function countsOf(runs: RunsOnDisk['runs']) {
  const count = (state: RunsOnDisk['runs'][number]['state']) =>
    runs.filter((run) => run.state === state).length;
  return {
    done: count('done'),
    diverged: count('diverged'),
    continues: count('continues'),
    new: count('new'),
  };
}

function trialsOf({ runs }: RunsOnDisk, whole: readonly number[]): PlannedTrial[] {
  const groups = new Map<string, number[]>();
  for (const [i, { trial, stage }] of runs.entries()) {
    const key = `${stage} ${trial.name}`;
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  return [...groups.values()].map((indices) => ({
    name: runs[indices[0]].trial.name,
    stage: runs[indices[0]].stage,
    runs: indices.length,
    ...countsOf(indices.map((i) => runs[i])),
    secondsPerRun: whole[indices[0]],
  }));
}

export type { PlannedDeviation };
