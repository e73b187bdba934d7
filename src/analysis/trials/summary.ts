/** Every measure of every run. */

import type { LoadedRun, RunStatus, StudyRecords } from '../../store/records.js';
import { isFinished } from '../measures/curves.js';
import { MEASURES, type Measure } from '../measures/measures.js';

export interface RunSummary {
  readonly id: string;
  readonly trialName: string;
  /** The seed's label. */
  readonly seed: number;
  readonly status: RunStatus;
  readonly epochsDone: number;
  readonly epochs: number;
  /** Values by measure id; `null`: not measured, not reached, or (`needsEnd`) the run did not train to its end. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** One measure of one run, as `summarizeRun` gives it. */
export function measureValue(run: LoadedRun, measure: Measure): number | null {
  const value = measure.needsEnd && !isFinished(run) ? null : measure.of(run);
  return value !== null && Number.isFinite(value) ? value : null;
}

/** All measures of one run. Those that describe the whole curve are `null` for a run that did not train to its end. */
export function summarizeRun(run: LoadedRun): RunSummary {
  const values = Object.fromEntries(MEASURES.map((measure) => [measure.id, measureValue(run, measure)]));
  const { id, trialName, seed, status, epochsDone, epochs } = run.record;
  return { id, trialName, seed: seed.label, status, epochsDone, epochs, values };
}

/** How many runs a study has in each state. */
export interface RunCounts {
  readonly declared: number;
  readonly done: number;
  readonly diverged: number;
  readonly failed: number;
  /** Running, waiting or interrupted. */
  readonly unfinished: number;
  /** Named by the study, not on disk. */
  readonly missing: number;
}

export function countRuns(records: StudyRecords): RunCounts {
  const of = (...states: RunStatus[]) =>
    records.runs.filter((run) => states.includes(run.record.status)).length;
  return {
    declared: records.runs.length + records.missing.length,
    done: of('done'),
    diverged: of('diverged'),
    failed: of('failed'),
    unfinished: of('waiting', 'running', 'interrupted'),
    missing: records.missing.length,
  };
}
