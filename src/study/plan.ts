/** Trials and seeds -> runs with their names and fingerprints. */
import { expandTrials } from './design.js';
import { fingerprint, type RunInputs } from './fingerprint.js';
import type { ResolvedStudy, Run, RunSeed, Trial } from './types.js';

const longestName = 80;

/**
 * The runs of a study: trial by trial, seed by seed.
 * @param inputs the dataset's checksum (and those of files with initial weights)
 */
export function planRuns(study: ResolvedStudy, inputs: RunInputs | string): Run[] {
  return expandTrials(study).flatMap((trial) =>
    study.seeds.map((seed) => {
      const print = fingerprint(trial.configuration, seed, inputs);
      return { id: runId(trial, seed, print), trial, seed, fingerprint: print };
    }),
  );
}

/** Readable levels, safe in any file system, at most 80 characters, and 8 hex digits of the fingerprint. */
export function runId(trial: Pick<Trial, 'name'>, seed: RunSeed, print: string): string {
  const ending = `,seed=${seed.label}`;
  const levels = trial.name.replace(/[^A-Za-z0-9=,.+-]+/g, '_');
  return `${levels.slice(0, longestName - ending.length)}${ending}-${print.slice(0, 8)}`;
}
