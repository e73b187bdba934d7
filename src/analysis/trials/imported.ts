/** Curves that were trained elsewhere: a record of runs, and no protocol. */

import type { StudyRecords } from '../../store/records.js';

export function isImported({ runs, imported }: Pick<StudyRecords, 'runs' | 'imported'>): boolean {
  return (imported ?? null) !== null || runs.some(({ record }) => record.source !== null);
}

/** For the report and the terminal alike. */
export const RECORD_ONLY =
  'Imported curves: a record of runs that were made elsewhere, not a protocol that can be run. Their levels and metrics are known; dataset, network and every other key are not.';
