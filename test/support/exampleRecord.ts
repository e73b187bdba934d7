/** What several tests of the store need. */
import type { RunRecord } from '../../src/store/records.js';

/** The record of a run that has not begun. */
export const exampleRecord: RunRecord = {
  formatVersion: 1,
  id: 'baseline,seed=0-00000000',
  trialName: 'baseline',
  levels: {},
  seed: { label: 0, data: 0, initial: 0 },
  configuration: null,
  fingerprint: '00000000',
  datasetChecksum: null,
  status: 'waiting',
  statusReason: null,
  epochsDone: 0,
  epochs: 10,
  backend: null,
  versions: { ceteris: '0.1.0' },
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
