/** A command as the trainer of a study: what it needs is looked for before any run is begun. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { requestError } from '../../base/errors.js';
import { formatNamed } from '../../import/formats/registry.js';
import { readRunRecord } from '../../store/node/runFiles.js';
import { writeTrainerFiles } from '../../store/node/trainerFiles.js';
import type { RunInputs } from '../../study/fingerprint.js';
import type { CommandTrainer, ResolvedStudy, Run } from '../../study/types.js';
import type { Allotment } from '../allotment.js';
import { gitCommit } from '../environment.js';
import type { CommandSetup } from '../jobs.js';
import { runDirectory } from '../status.js';
import type { Arrangement, PreparedTrainer, TrainerRequest } from '../trainer.js';
import { type Gpu, shareGpus, visibleGpus } from './gpus.js';
import { checkProgram, fileChecksums } from './program.js';
import { readingOf } from './reading.js';
import { recordedOutputs } from './recorded.js';

/** What identifies the runs of a command. @throws a request error where one of its files cannot be read */
export function commandInputs(trainer: CommandTrainer): RunInputs {
  return { datasetChecksum: '', trainerFiles: fileChecksums(trainer, resolve(trainer.folder ?? '.')) };
}

/** GPUs for each of the runs that go side by side. @throws a request error where there are too few for one */
export function commandShares({ gpus }: CommandTrainer): readonly (readonly Gpu[])[] {
  return gpus === 0 ? [] : shareGpus(visibleGpus(), gpus);
}

/** Runs side by side. @throws a request error where there are not GPUs for so many */
export function commandAllotment(
  runsLeft: number,
  trainer: CommandTrainer,
  asked: Pick<TrainerRequest['options'], 'workers' | 'threads'>,
  gpus: readonly (readonly Gpu[])[],
): { readonly allotment: Allotment; readonly places: Arrangement['places'] } {
  return {
    allotment: allotted(runsLeft, trainer, asked, gpus.length),
    places: gpus.map((own) => ({ gpus: own })),
  };
}

/** @throws a request error where the program, its folder, one of its files or a GPU is missing */
export function prepareCommand(request: TrainerRequest, trainer: CommandTrainer): PreparedTrainer {
  const { study, options, directory, stopFlag } = request;
  const folder = resolve(trainer.folder ?? '.');
  checkProgram(trainer, folder);
  refuseEngineOptions(options);
  const inputs = commandInputs(trainer);
  const files = inputs.trainerFiles ?? {};
  if (trainer.metrics.format !== undefined) formatNamed(trainer.metrics.format, 'trainer.metrics.format');
  // Asked for once: a driver takes seconds to answer.
  let asked: readonly (readonly Gpu[])[] | null = null;
  const shares = () => {
    asked ??= commandShares(trainer);
    return asked;
  };
  if (!request.elsewhere) commandAllotment(1, trainer, options, shares());
  return {
    inputs,
    examples: null,
    notes: [],
    record: () => writeTrainerFiles(directory, files),
    isReadOtherwise: readOtherwise(directory, readingOf(trainer.metrics, judgedBy(study))),
    epochsOf: () => trainer.epochs ?? null,
    arrange: async (runs) => {
      const { allotment, places } = commandAllotment(runs.length, trainer, options, shares());
      const { signal } = options;
      const setup: CommandSetup = {
        trainer,
        studyDirectory: directory,
        studyName: study.name,
        stopFlag,
        folder,
        files,
        recorded: runs.length === 0 ? {} : await recordedOutputs(trainer, { folder, signal }),
        gitCommit: gitCommit(folder),
        judged: judgedBy(study),
        sharesCpu: allotment.workers > 1 || options.threads !== undefined,
      };
      return { ...arranged(runs, trainer), allotment, setup, places };
    },
  };
}

function arranged(runs: readonly Run[], { command }: CommandTrainer) {
  const shown = command.slice(0, 2).join(' ');
  return {
    groups: runs.map((run) => [run]),
    // A process of its own notices when this one was killed, and ends the command.
    host: 'process',
    device: command.length > 2 ? `${shown} ...` : shown,
    notes: [],
  } satisfies Partial<Arrangement>;
}

/** One run at a time, unless GPUs or `--workers` say otherwise: a command takes the cores that it wants. */
function allotted(
  runsLeft: number,
  { gpus }: CommandTrainer,
  { workers, threads }: Pick<TrainerRequest['options'], 'workers' | 'threads'>,
  shares: number,
): Allotment {
  if (gpus > 0 && workers !== undefined && workers > shares) {
    throw requestError({
      what: 'there are not GPUs for so many runs side by side',
      where: '--workers',
      rule: `at most ${shares}, with ${gpus} for each run`,
      value: String(workers),
    });
  }
  const most = workers ?? (gpus > 0 ? shares : 1);
  const side = Math.max(1, Math.min(most, runsLeft));
  const each = threads ?? Math.max(1, Math.floor(availableParallelism() / side));
  return { workers: side, threads: each, threadsAtMost: each };
}

function judgedBy({ metric, selection }: ResolvedStudy): CommandSetup['judged'] {
  if (selection === null || selection.metric.name === metric.name) return [metric];
  return [metric, selection.metric];
}

/** A run whose metrics were read by other keys, or for another metric. */
function readOtherwise(directory: string, reading: string): (run: Run) => boolean {
  return (run) => {
    const record = readRunRecord(join(runDirectory(directory, run), 'run.json'));
    const before = record?.fingerprint === run.fingerprint ? record.trainer?.reading : undefined;
    return before !== undefined && before !== reading;
  };
}

/** Options of the engine mean nothing to a command. */
function refuseEngineOptions(options: TrainerRequest['options']): void {
  const { device, lockstep, cpuVectors, precision, dataDir } = options;
  const given = [
    ['--device', device !== undefined && device !== 'auto'],
    ['--lockstep', lockstep !== undefined && lockstep !== 'auto' && lockstep !== 'off'],
    ['--cpu-vectors', cpuVectors !== undefined],
    ['--precision', precision !== undefined],
    ['--data-dir', dataDir !== undefined],
  ] as const;
  const found = given.find(([, isGiven]) => isGiven);
  if (found === undefined) return;
  throw requestError({
    what: 'this option is for studies that the engine trains',
    where: found[0],
    rule: 'the runs of this study are trained by a command (trainer.command)',
    advice: 'take it away; what the command is to know stands in its arguments',
  });
}
