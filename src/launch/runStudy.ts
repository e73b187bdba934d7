/** A study -> all its runs: an async iterator of events. The same call again continues what is unfinished. */
import { rmdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { acquireLock } from '../store/node/lock.js';
import { designNotes } from '../study/notes.js';
import { prepareCommand } from './command/commandTrainer.js';
import { engineOf, prepareEngine } from './engineTrainer.js';
import type { StudyEvent } from './events.js';
import { refuseRecordIn } from './imported.js';
import type { RunStudyOptions } from './options.js';
import { givenStudy } from './readStudyFile.js';
import { freezeSeen, recordStudy } from './recordStudy.js';
import { launchStages } from './stages.js';
import { tally } from './status.js';

/** Runs what the study still needs. Breaking off the loop or aborting the signal stops at the next step, cleanly. */
export async function* runStudy(options: RunStudyOptions): AsyncGenerator<StudyEvent, void> {
  const study = givenStudy(options, options.set);
  const backend = study.trainer === 'engine' ? await engineOf(options) : null;
  const directory = resolve(options.out, study.name);
  refuseRecordIn(directory);
  const lock = acquireLock(directory, `the study ${study.name}`);
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const stop = () => void Atomics.store(stopFlag, 0, 1);
  options.signal?.addEventListener('abort', stop);
  let isRecorded = false;
  try {
    const request = { study, options, directory, stopFlag };
    const trainer =
      study.trainer === 'engine'
        ? await prepareEngine(request, backend ?? (await engineOf(options)))
        : prepareCommand(request, study.trainer);
    lock.assertHeld();
    const look = recordStudy({ directory, study, trainer });
    isRecorded = true;
    const notes = [...(look === null ? [] : [look]), ...designNotes(study), ...trainer.notes];
    const plan = { study, directory, trainer, notes, stopFlag, lock };
    const status = yield* launchStages(plan, look !== null);
    yield { type: 'study-ended', directory, ...tally([...status.values()]) };
  } catch (error) {
    // Stopped while the data was read or fetched: nothing has begun, and there is nothing to tell.
    if (!(options.signal?.aborted && (error as Error).name === 'AbortError')) throw error;
  } finally {
    stop();
    options.signal?.removeEventListener('abort', stop);
    // A study that was refused declares nothing: what is frozen is that of study.yaml.
    if (isRecorded) freezeSeen(directory, study);
    lock.release();
    removeEmpty(directory);
  }
}

/** A study that was refused before it began leaves no directory behind. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It holds something.
  }
}
