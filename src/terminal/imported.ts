/** What a terminal says of a study that was imported. */

import { isImported } from '../analysis/trials/imported.js';
import { count } from '../analysis/words/format.js';
import type { StudyRecords } from '../store/records.js';
import { wrap } from './findings.js';

/** That it was imported, and with `whole` how its files were read; `null` for a study that was trained here. */
export function importedText(
  records: StudyRecords,
  { whole, width }: { readonly whole: boolean; readonly width: number },
): string | null {
  if (!isImported(records)) return null;
  const { runs, imported } = records;
  const head = `imported: ${count(runs.length, 'run')} that ${runs.length === 1 ? 'was' : 'were'} trained elsewhere`;
  const lines = whole ? (imported?.readAs ?? []) : [];
  return [head, ...lines].map((line) => wrap(line, width)).join('\n');
}
