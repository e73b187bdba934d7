/** Which directory of runs/ holds which run. A run is known by its fingerprint; its name may be of another study. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CeterisError } from '../../base/errors.js';
import type { Run } from '../../study/types.js';
import { formatRunRecord } from '../json.js';
import type { RunRecord } from '../records.js';
import { fileError, namesIn, renameRetrying, writeWhole } from './files.js';
import { readRunRecord } from './runFiles.js';

export interface FoundRun {
  /** Name of its directory. */
  readonly name: string;
  readonly directory: string;
  readonly record: RunRecord;
}

/** The runs on disk, by name; what cannot be read is told in `problems`. */
export function findRuns(studyDirectory: string): { readonly runs: FoundRun[]; readonly problems: string[] } {
  const folder = join(studyDirectory, 'runs');
  const runs: FoundRun[] = [];
  const problems: string[] = [];
  for (const name of namesIn(folder)) {
    const directory = join(folder, name);
    try {
      const record = readRunRecord(join(directory, 'run.json'));
      if (record !== null) runs.push({ name, directory, record });
    } catch (error) {
      if (!(error instanceof CeterisError)) throw error;
      problems.push(`run ${name} is left out: ${error.message.replaceAll(/\s*\n\s*/g, '; ')}`);
    }
  }
  return { runs, problems };
}

/**
 * Gives every run on disk with the fingerprint of a planned run that run's name: after a factor was added, or where
 * the directory was copied from another study, the same run is called otherwise. To be called under the study's lock.
 */
export function claimRuns(studyDirectory: string, planned: readonly Run[]): void {
  const folder = join(studyDirectory, 'runs');
  const { runs } = findRuns(studyDirectory);
  const names = new Set(planned.map(({ id }) => id));
  for (const { id, trial, seed, fingerprint } of planned) {
    // Trials that differ in their number of epochs only share a fingerprint: none takes the run of another.
    const same = runs.filter(
      ({ record, name }) => record.fingerprint === fingerprint && (name === id || !names.has(name)),
    );
    const named = same.find(({ name }) => name === id);
    const found = named ?? best(same);
    if (found === undefined) continue;
    const directory = join(folder, id);
    if (named === undefined) {
      if (existsSync(directory)) continue;
      try {
        renameRetrying(found.directory, directory);
      } catch (error) {
        throw fileError(error, 'a run could not be given its new name', found.directory);
      }
    }
    const record = { ...found.record, id, trialName: trial.name, levels: trial.levels, seed };
    if (formatRunRecord(record) !== formatRunRecord(found.record)) {
      writeWhole(join(directory, 'run.json'), formatRunRecord(record));
    }
  }
}

/** Of several copies of one run, the one that got farthest. */
function best(runs: readonly FoundRun[]): FoundRun | undefined {
  return [...runs].sort((a, b) => b.record.epochsDone - a.record.epochsDone)[0];
}
