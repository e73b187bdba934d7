/** What a study directory says about the study before its runs are trained. */
import { lookNote } from '../analysis/words/looks.js';
import { freezePlan } from '../store/node/frozenPlan.js';
import { claimRuns, findRuns } from '../store/node/runDirectories.js';
import { readLooks, readSelections, readStudy, writeStudy } from '../store/node/studyFiles.js';
import { planRuns } from '../study/expand.js';
import type { ResolvedStudy } from '../study/types.js';
import { addLook, extensionOf } from './looks.js';
import type { PreparedTrainer } from './trainer.js';

export interface Recording {
  readonly directory: string;
  readonly study: ResolvedStudy;
  readonly trainer: Pick<PreparedTrainer, 'inputs' | 'record'>;
}

/**
 * Writes study.yaml and what the trainer keeps beside it, and a look where the study grows after results were seen; gives runs on disk the
 * names that the study has for them. To be called under the study's lock.
 * @returns the note about the look that was recorded, where results had been seen and the study has changed; or `null`
 */
export function recordStudy({ directory, study, trainer }: Recording): string | null {
  const { inputs } = trainer;
  const before = readStudy(directory);
  const choices = readSelections(directory).at(-1)?.levels ?? [];
  const extension =
    before === null ? null : extensionOf({ directory, before, after: study, inputs, choices });
  if (extension !== null) addLook(directory, extension);
  writeStudy(directory, study);
  trainer.record();
  claimRuns(directory, planRuns(study, inputs, choices));
  const change = freezeSeen(directory, study, extension !== null);
  const told = extension?.change ?? change;
  return told === null ? null : lookNote(told, readLooks(directory).length);
}

/**
 * Freezes what the study declares once a run of it has ended, and tells a change since then.
 * @param recorded a look was recorded for this change already
 */
export function freezeSeen(directory: string, study: ResolvedStudy, recorded = false): string | null {
  return freezePlan({ directory, study, runs: findRuns(directory).runs, missing: 0 }, null, recorded);
}
