/** run.json of a run that has not begun: what a study says of it, and nothing that a machine has added. */
import type { Run } from '../study/types.js';
import type { RunRecord } from './records.js';

/** @param datasetChecksum `null` where nobody knows the data: of imported curves */
export function waitingRecord(
  { id, trial, seed, fingerprint }: Pick<Run, 'id' | 'trial' | 'seed' | 'fingerprint'>,
  datasetChecksum: string | null,
): RunRecord {
  return {
    formatVersion: 1,
    id,
    trialName: trial.name,
    levels: trial.levels,
    seed,
    configuration: trial.configuration,
    fingerprint,
    datasetChecksum,
    status: 'waiting',
    statusReason: null,
    epochsDone: 0,
    epochs: trial.configuration.training.epochs,
    backend: null,
    versions: {},
    host: null,
    gitCommit: null,
    startedAt: null,
    endedAt: null,
    seconds: 0,
    variantChanges: [],
    test: null,
    calibration: null,
    source: null,
  };
}
