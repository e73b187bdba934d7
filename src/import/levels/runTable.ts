/** A table of runs: one row for each, with its name and its levels (W&B exports one). */

import { requestError } from '../../base/errors.js';
import { baseName, type SourceFile } from '../files/source.js';
import { delimited } from '../formats/delimited.js';
import { cellText } from '../reading/cells.js';
import type { RunTable } from './assign.js';

/** @throws a request error where no column names the runs, or a name stands twice */
export async function readRunTable(file: SourceFile, note: (text: string) => void): Promise<RunTable> {
  const [log] = await delimited.open([file], { note });
  const { columns } = log!.table;
  const at = columns.findIndex((name) => /^(run|run[_ ]?name|name|run[_ ]?id|id|file)$/i.test(name));
  if (at < 0) {
    throw requestError({
      what: 'a table of runs has no column that names them',
      where: file.path,
      rule: 'a column called run, name or file',
      value: columns.join(', '),
    });
  }
  const rows = new Map<string, Readonly<Record<string, string>>>();
  for await (const piece of log!.table.rows()) {
    for (const { cells, line } of piece) {
      const name = cellText(cells[at]);
      if (name === '') continue;
      if (rows.has(name))
        throw requestError({
          what: 'a table of runs names one twice',
          where: `${file.path}, line ${line}`,
          value: name,
        });
      const own = columns.flatMap((column, i) =>
        i === at || column === '' || cellText(cells[i]) === '' ? [] : [[column, cellText(cells[i])] as const],
      );
      rows.set(name, Object.fromEntries(own));
    }
  }
  return { file: baseName(file.path), rows };
}
