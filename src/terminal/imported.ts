/** What a terminal says of a study that was imported. */

import { importedText } from '../analysis/trials/imported.js';
import type { StudyRecords } from '../store/records.js';
import { wrap } from './findings.js';

/** That it was imported, and with `whole` how its files were read; `null` for a study that was trained here. */
export function importedLines(
  records: StudyRecords,
  { whole, width }: { readonly whole: boolean; readonly width: number },
): string | null {
  const head = importedText(records);
  if (head === null) return null;
  const lines = whole ? (records.imported?.readAs ?? []) : [];
  return [head, ...lines].map((line) => wrap(line, width)).join('\n');
}
