/** Curves that were trained elsewhere: a record of runs, and no protocol. */

import type { StudyRecords } from '../../store/records.js';
import { count } from '../words/format.js';

export function isImported({ runs, imported }: Pick<StudyRecords, 'runs' | 'imported'>): boolean {
  return (imported ?? null) !== null || runs.some(({ record }) => record.source !== null);
}

/** For the report and the terminal alike; `null` of a study that was trained here. */
export function importedText(records: Pick<StudyRecords, 'runs' | 'imported'>): string | null {
  if (!isImported(records)) return null;
  const n = records.runs.length;
  return `Imported: ${count(n, 'run')} that ${n === 1 ? 'was' : 'were'} trained elsewhere, a record and not a protocol that can be run. Their levels and metrics are known; dataset, network and every other key are not.`;
}
