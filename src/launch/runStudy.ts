/** A study file -> all its runs: an async iterator of events. The same call again continues what is unfinished. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { requestError } from '../base/errors.js';
import { acquireLock } from '../store/node/lock.js';
import { expandTrials, planRuns } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import type { ResolvedStudy } from '../study/types.js';
import type { StudyEvent } from './events.js';
import { launchRuns } from './launchRuns.js';
import type { RunStudyOptions } from './options.js';
import { openStudyDataset } from './prepare.js';
import { recordStudy } from './recordStudy.js';
import { launchStages } from './stages.js';
import { tally } from './status.js';

export type { RunStudyOptions } from './options.js';

/** Reads a study file. @throws a request error where it cannot be read or is not valid */
export function readStudyFile(path: string, set: readonly string[] = []): ResolvedStudy {
  if (!existsSync(path)) {
    throw requestError({
      what: 'there is no such study file',
      where: path,
      advice: "name an existing file, or write one with 'ceteris new NAME'",
    });
  }
  const study = parseStudy(readFileSync(path, 'utf8'), { file: path, set });
  const { initial } = study.baseline.training;
  if (initial === null) return study;
  const absolute = resolve(dirname(path), initial);
  const training = { ...study.baseline.training, initial: absolute };
  return { ...study, baseline: { ...study.baseline, training } };
}

/** Runs what the study still needs. Breaking off the loop or aborting the signal stops at the next step, cleanly. */
export async function* runStudy(options: RunStudyOptions): AsyncGenerator<StudyEvent, void> {
  const study = readStudyFile(options.studyFile, options.set);
  const trials = expandTrials(study);
  const directory = resolve(options.out, study.name);
  const lock = acquireLock(directory, `the study ${study.name}`);
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const stop = () => void Atomics.store(stopFlag, 0, 1);
  options.signal?.addEventListener('abort', stop);
  try {
    const dataset = await openStudyDataset(study, trials, {
      dataDir: options.dataDir,
      onProgress: options.onDataProgress,
      signal: options.signal,
    });
    const { notes, looked } = recordStudy(directory, study, dataset);
    const plan = { options, study, directory, dataset, notes, stopFlag };
    const status =
      study.selection === null
        ? yield* launchRuns({ ...plan, runs: planRuns(study, dataset.checksum), stage: 'final' })
        : yield* launchStages(plan, looked);
    yield { type: 'study-ended', directory, ...tally([...status.values()]) };
  } finally {
    stop();
    options.signal?.removeEventListener('abort', stop);
    lock.release();
  }
}
