/**
 * Some runs of a study whose directory was recorded before: what a cluster's job trains. The study's lock is not taken,
 * since many jobs work on one study: each run's own lock decides.
 */
import { dirname, join } from 'node:path';
import type { SubmittedRun } from '../store/cluster.js';
import { readSelections } from '../store/node/studyFiles.js';
import { identified, planTrials } from '../study/expand.js';
import type { RunInputs } from '../study/fingerprint.js';
import type { ResolvedStudy, Run } from '../study/types.js';
import { prepareCommand } from './command/commandTrainer.js';
import { engineOf, prepareEngine } from './engineTrainer.js';
import type { StudyEvent } from './events.js';
import { launchRuns } from './launchRuns.js';
import type { RunSettings } from './options.js';
import { readStudyFile } from './readStudyFile.js';
import type { Sitting } from './sittings.js';
import { tally } from './status.js';
import type { TrainerRequest } from './trainer.js';

export interface RunPartOptions extends Omit<RunSettings, 'out' | 'set'> {
  /** study.yaml of the study's directory. */
  readonly studyFile: string;
  /** Where the study file lies that a person wrote: its commit is recorded. */
  readonly home: string;
  /** One that the study names no more is passed over. */
  readonly only: readonly SubmittedRun[];
  readonly sitting: Sitting;
}

/** Trains the runs named; `study-ended` counts those alone. */
export async function* runPart(options: RunPartOptions): AsyncGenerator<StudyEvent, void> {
  const study = readStudyFile(options.studyFile);
  const directory = dirname(options.studyFile);
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const stop = () => void Atomics.store(stopFlag, 0, 1);
  options.signal?.addEventListener('abort', stop);
  try {
    const runsOf = (inputs: RunInputs) => named(options.only, { study, directory, inputs });
    const asked = { ...options, studyFile: join(options.home, 'study.yaml'), out: dirname(directory) };
    const trainer = await prepared({ study, options: asked, directory, stopFlag, runsOf });
    const runs = runsOf(trainer.inputs);
    const status = yield* launchRuns({
      study,
      directory,
      trainer,
      notes: [...trainer.notes, ...passedOver(options.only, runs)],
      stopFlag,
      lock: withoutLock,
      runs,
      stage: runs[0]?.stage ?? 'final',
      sitting: options.sitting,
    });
    yield { type: 'study-ended', directory, ...tally([...status.values()]) };
  } catch (error) {
    // Stopped while the data was read: nothing has begun.
    if (!(options.signal?.aborted && (error as Error).name === 'AbortError')) throw error;
  } finally {
    stop();
    options.signal?.removeEventListener('abort', stop);
  }
}

async function prepared(request: TrainerRequest) {
  const { study, options } = request;
  if (study.trainer === 'engine') {
    // A job has so many processors, whatever it trains on: nobody has asked a GPU for threads.
    return prepareEngine(request, await engineOf({ ...options, threads: undefined }));
  }
  // What the engine is told means nothing to a command.
  const plain = {
    ...options,
    device: undefined,
    lockstep: undefined,
    cpuVectors: undefined,
    precision: undefined,
    dataDir: undefined,
  };
  return prepareCommand({ ...request, options: plain }, study.trainer);
}

/** Each run has a lock of its own. */
const withoutLock = { assertHeld: () => {}, release: () => {} };

interface Place {
  readonly study: ResolvedStudy;
  readonly directory: string;
  readonly inputs: RunInputs;
}

/** In the study's order. Fingerprints are made for these alone: a study may have ten thousand runs. */
function named(only: readonly SubmittedRun[], { study, directory, inputs }: Place): Run[] {
  const key = (trial: string, seed: number) => `${trial}\n${seed}`;
  const wanted = new Set(only.map(({ trial, seed }) => key(trial, seed)));
  const ids = new Set(only.map(({ id }) => id));
  const choices = readSelections(directory).at(-1)?.levels ?? [];
  return planTrials(study, choices)
    .filter(({ trial, seed }) => wanted.has(key(trial.name, seed.label)))
    .map((planned) => identified(planned, inputs))
    .filter(({ id }) => ids.has(id));
}

function passedOver(only: readonly SubmittedRun[], runs: readonly Run[]): string[] {
  const known = new Set(runs.map(({ id }) => id));
  return only
    .filter(({ id }) => !known.has(id))
    .map(({ id }) => `the study names no run ${id} any more: it is passed over`);
}
