/** What a command says when it has recorded a look. */
import { alphaAtLook } from '../../stats/alphaSpending.js';
import type { StudyRecords } from '../../store/records.js';
import { formatNumber } from './format.js';

/**
 * What changed, and what follows from it.
 * @param change as looks.csv has it: `another smallest effect after results were seen`
 * @param looks rows of looks.csv, this one included
 */
export function lookNote(change: string, looks: number): string {
  const level = alphaAtLook(looks + 1);
  const tested =
    level.status === 'ok'
      ? `: findings are tested at ${formatNumber(100 * level.alpha)}% in place of 5% from now on`
      : '';
  return `${change}. That is look ${looks + 1} at the results, recorded in looks.csv${tested}`;
}

/** What a person is told of records as they were loaded: what could not be read, and a look that the loading recorded. */
export function recordsNotes({
  problems = [],
  recorded = null,
  looks,
}: Pick<StudyRecords, 'problems' | 'recorded' | 'looks'>): string[] {
  return [...problems, ...(recorded === null ? [] : [lookNote(recorded, looks.length)])];
}
