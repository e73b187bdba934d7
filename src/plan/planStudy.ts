/** What running a study would do and could show, before anything is trained. Nothing is written. */
import { existsSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { type Allotment, allot, freeMemory } from '../launch/allotment.js';
import { commandAllotment, commandInputs, commandShares } from '../launch/command/commandTrainer.js';
import { checkProgram } from '../launch/command/program.js';
import { type DataPlace, placeOfData } from '../launch/dataPlace.js';
import { initialChecksums } from '../launch/initialWeights.js';
import { extensionOf } from '../launch/looks.js';
import { studyDataset } from '../launch/prepare.js';
import { givenStudy, type StudySource } from '../launch/readStudyFile.js';
import { loadStudy, readLooks, readSelections, readStudy } from '../store/node/studyFiles.js';
import { expandTrials, planRuns, searchBasis } from '../study/expand.js';
import type { CommandTrainer, ResolvedStudy } from '../study/types.js';
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
  /** Expected, of one whole run on this machine; `null`: of a command, before a run has ended. */
  readonly secondsPerRun: number | null;
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
  /** `null`: a command has its own. */
  readonly data: DataPlace | null;
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
  /** Until everything that is left has ended; `null`: of a command, before a run has ended. */
  readonly seconds: number | null;
  /** `null`: what a command takes is not known. */
  readonly memory: PlannedMemory | null;
  readonly power: PowerPlan;
  /** What the study gains after results were seen, in words; `null`: it would be no look. */
  readonly extension: string | null;
  readonly warnings: readonly string[];
}

/** Above so many seconds a study is long. */
const long = 7200;

/**
 * Plans a study: its runs and which of them are there, the expected time, memory, and what its seeds can detect. The
 * dataset need not be there.
 * @throws a request error where the study file is not valid or a trial cannot be trained
 */
export async function planStudy(options: PlanStudyOptions): Promise<StudyPlan> {
  const study = givenStudy(options, options.set);
  const directory = resolve(options.out, study.name);
  const past = pastOf(directory, study);
  const onDisk = runsOnDisk(directory, study, past.inputs, past.choices);
  const deviation = plannedDeviation(study, options.deviation, past.records);
  const { wholeSeconds, warnings, ...cost } =
    study.trainer === 'engine'
      ? await engineCost(study, { options, onDisk, deviation, before: past.before })
      : commandCost(study.trainer, options, onDisk);
  return {
    name: study.name,
    directory,
    trials: trialsOf(onDisk, wholeSeconds),
    runs: { ...countsOf(onDisk.runs), total: onDisk.runs.length, outside: onDisk.outside },
    cores: availableParallelism(),
    ...cost,
    power: planPower({ study, deviation, look: past.look }),
    extension: past.extension,
    warnings: [...designWarnings(study), ...past.notes, ...warnings],
  };
}

interface Cost extends Pick<StudyPlan, 'data' | 'allotment' | 'times' | 'seconds' | 'memory'> {
  /** Of each run as a whole. */
  readonly wholeSeconds: readonly (number | null)[];
  readonly warnings: readonly string[];
}

interface EngineCost {
  readonly options: PlanStudyOptions;
  readonly onDisk: RunsOnDisk;
  readonly deviation: PlannedDeviation | null;
  readonly before: ResolvedStudy | null;
}

/** By a few measured steps of the engine. */
async function engineCost(
  study: ResolvedStudy,
  { options, onDisk, deviation, before }: EngineCost,
): Promise<Cost> {
  const trials = expandTrials(study);
  const dataset = studyDataset(study, trials);
  const outline = outlineOf(dataset);
  const work = plannedWork(onDisk.runs, outline);
  const cores = availableParallelism();
  const [average] = loadavg(); // Before this process adds to it.
  const allotment = allot({
    runsLeft: Math.max(1, leftOf(onDisk).length),
    cores,
    freeMemory: freeMemory(),
    runMemory: work.runMemory,
    workers: options.workers,
    threads: options.threads,
  });
  options.onTiming?.();
  const times = await timeKinds(work.kinds, outline.classes, allotment);
  const { whole, rest } = secondsOf(work, times);
  const seconds = totalSeconds(onDisk, rest, allotment.workers);
  const images = (outline.trainExamples + outline.testExamples) * 3072;
  const memory = {
    run: work.runMemory,
    dataset: images,
    total: images + allotment.workers * work.runMemory,
    free: freeMemory(),
  };
  const load = { average, cores, seconds, memory };
  return {
    data: await placeOfData(dataset.name, options.dataDir),
    allotment,
    times,
    seconds,
    memory,
    wholeSeconds: whole,
    warnings: [
      ...weightDecayWarnings(onDisk.runs.map(({ trial }, i) => ({ trial, steps: work.wholeSteps[i].train }))),
      ...deviationWarnings(deviation, work.validation),
      ...epochWarnings(before, study, trials),
      ...machineWarnings(study, load),
    ],
  };
}

/** Of a command nothing is tried: the runs that have ended tell, those of its own trial first. */
function commandCost(trainer: CommandTrainer, options: PlanStudyOptions, onDisk: RunsOnDisk): Cost {
  checkProgram(trainer, trainer.folder ?? '.');
  const { allotment } = commandAllotment(
    Math.max(1, leftOf(onDisk).length),
    trainer,
    options,
    commandShares(trainer),
  );
  const measured = onDisk.runs.filter(({ state }) => state === 'done');
  const byTrial = new Map<string, RunsOnDisk['runs'][number][]>();
  for (const run of measured) {
    const own = byTrial.get(run.trial.name);
    if (own === undefined) byTrial.set(run.trial.name, [run]);
    else own.push(run);
  }
  const meanOf = (runs: RunsOnDisk['runs']) =>
    runs.length === 0 ? null : runs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length;
  const all = meanOf(measured);
  const means = new Map([...byTrial].map(([name, runs]) => [name, meanOf(runs)]));
  const wholeSeconds = onDisk.runs.map(({ trial }) => means.get(trial.name) ?? all);
  const rest = onDisk.runs.map(({ state }, i) => (state === 'new' ? (wholeSeconds[i] ?? 0) : 0));
  const isKnown = all !== null || leftOf(onDisk).length === 0;
  return {
    data: null,
    allotment,
    times: [],
    seconds: isKnown ? totalSeconds(onDisk, rest, allotment.workers) : null,
    memory: null,
    wholeSeconds,
    warnings: [],
  };
}

function leftOf({ runs }: RunsOnDisk): RunsOnDisk['runs'] {
  return runs.filter(({ state }) => state === 'new' || state === 'continues');
}

/** Until all has ended: the search, then the final runs. @param rest of each run */
function totalSeconds({ runs }: RunsOnDisk, rest: readonly number[], workers: number): number {
  return (['search', 'final'] as const)
    .map((stage) => rest.filter((_, i) => runs[i].stage === stage))
    .reduce((sum, own) => sum + makespan(own, workers), 0);
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
  const checksum = study.trainer === 'engine' ? checksumOnDisk(directory) : undefined;
  const inputs =
    study.trainer !== 'engine'
      ? commandInputs(study.trainer)
      : checksum === undefined
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

function trialsOf({ runs }: RunsOnDisk, whole: readonly (number | null)[]): PlannedTrial[] {
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
    secondsPerRun: whole[indices[0]] ?? null,
  }));
}

export type { PlannedDeviation };
