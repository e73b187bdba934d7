/** What a terminal says of a study that was imported. */

import { count } from '../analysis/words/format.js';
import type { StudyRecords } from '../store/records.js';
import { wrap } from './findings.js';

/** That it was imported, and with `whole` how its files were read; `null` for a study that was trained here. */
export function importedText(
  { runs, imported }: StudyRecords,
  { whole, width }: { readonly whole: boolean; readonly width: number },
): string | null {
  const own = runs.filter(({ record }) => record.source !== null).length;
  if ((imported ?? null) === null && own === 0) return null;
  const head = `imported: ${count(own, 'run')} that ${own === 1 ? 'was' : 'were'} trained elsewhere`;
  const lines = whole ? (imported?.readAs ?? []) : [];
  return [head, ...lines].map((line) => wrap(line, width)).join('\n');
}
