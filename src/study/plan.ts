/** Trials and seeds -> runs with their names and fingerprints. */
import { methodTrials } from './design.js';
import { fingerprint, type RunInputs } from './fingerprint.js';
import { type Choice, finalTrials } from './search.js';
import type { ResolvedStudy, Run, RunSeed, RunStage, Trial } from './types.js';

const longestName = 80;

/** A run before the dataset is known. */
export type PlannedRun = Pick<Run, 'trial' | 'seed' | 'stage'>;

/**
 * The trials of a study with their seeds: trial by trial, seed by seed. In a study with nuisance factors the search
 * comes first, and of the final runs those that are known from the choices so far.
 */
export function planTrials(study: ResolvedStudy, choices: readonly Choice[] = []): PlannedRun[] {
  const { selection, seeds } = study;
  const search = selection === null ? [] : cross(methodTrials(study), selection.seeds, 'search');
  return [...search, ...cross(finalTrials(study, choices), seeds, 'final')];
}

function cross(trials: readonly Trial[], seeds: readonly RunSeed[], stage: RunStage): PlannedRun[] {
  return trials.flatMap((trial) => seeds.map((seed) => ({ trial, seed, stage })));
}

/**
 * The runs of a study, as `planTrials` orders them, with names and fingerprints.
 * @param inputs the dataset's checksum (and those of files with initial weights)
 * @param choices of a study with nuisance factors: what its search has chosen
 */
export function planRuns(
  study: ResolvedStudy,
  inputs: RunInputs | string,
  choices: readonly Choice[] = [],
): Run[] {
  return planTrials(study, choices).map((planned) => identified(planned, inputs));
}

/** A planned run with its name and fingerprint. */
export function identified(planned: PlannedRun, inputs: RunInputs | string): Run {
  const print = fingerprint(planned.trial.configuration, planned.seed, inputs);
  return { ...planned, id: runId(planned.trial, planned.seed, print), fingerprint: print };
}

/** Readable levels, safe in any file system, at most 80 characters, and 8 hex digits of the fingerprint. */
export function runId(trial: Pick<Trial, 'name'>, seed: RunSeed, print: string): string {
  const ending = `,seed=${seed.label}`;
  const levels = trial.name.replace(/[^A-Za-z0-9=,.+-]+/g, '_');
  return `${levels.slice(0, longestName - ending.length)}${ending}-${print.slice(0, 8)}`;
}
