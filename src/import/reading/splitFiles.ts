/**
 * A file for each split: `train.csv` and `val.csv` of one folder, `lr0.1_s0_val.jsonl`. Their columns are called `loss` and
 * `acc`; of a file that says it holds a validation or a test they are read as `val/loss`, and the files of a run are joined.
 */

import type { Choices } from '../choices.js';
import type { Log } from '../formats/format.js';
import { isNoLevel } from '../levels/fromNames.js';
import { parseColumns } from './columns.js';
import { meaningOf } from './headers.js';
import type { ColumnStats, Scan } from './scan.js';

const SPLITS: readonly (readonly [string, RegExp])[] = [
  ['train', /^(train|training)$/i],
  ['val', /^(val|valid|validation|eval|evaluation|dev)$/i],
  ['test', /^(test|testing)$/i],
];
const FORMATS = ['csv', 'jsonl', 'json', 'parquet'];

export interface SplitFile {
  readonly log: Log;
  readonly scan: Scan;
  /** The run that this file is a part of: its path without the word. */
  readonly run: string;
  /** `test_run1.csv` may be a try of a run: only beside `train_run1.csv` it holds the test of one. */
  readonly isSure: boolean;
}

/** The log as if its columns said their split; `null` where its name tells none, or its columns do. */
export function splitFile(log: Log, scan: Scan, { columns = [] }: Choices): SplitFile | null {
  if (!FORMATS.includes(log.format) || log.known !== undefined) return null;
  const named = splitInName(log.name);
  if (named === null) return null;
  const measured = scan.columns.filter(({ name }) => ['metric', 'bare', 'test'].includes(kindOf(name)));
  const isBare = measured.length > 0 && measured.every(({ name }) => kindOf(name) === 'bare');
  const asked = Object.values(parseColumns(columns));
  if (!isBare || measured.some(({ name }) => asked.includes(name))) return null;
  // Of training the bare names say it already.
  const rename = (name: string) =>
    named.split !== 'train' && kindOf(name) === 'bare' ? `${named.split}/${name}` : name;
  const { table } = log;
  return {
    run: named.run,
    isSure: named.isSure,
    log: {
      ...log,
      table: {
        columns: table.columns.map(rename),
        lineWord: table.lineWord,
        decimal: table.decimal,
        end: table.end,
        rows: () => table.rows(),
      },
    },
    scan: { ...scan, columns: scan.columns.map((one): ColumnStats => ({ ...one, name: rename(one.name) })) },
  };
}

/** A learning rate belongs to any split. */
function kindOf(name: string): string {
  const meaning = meaningOf(name);
  return meaning.kind === 'metric' && meaning.metric === 'learningRate' ? 'rate' : meaning.kind;
}

const TRIES = /^(test|testing|eval|evaluation|dev)$/i;

function splitInName(name: string): (Omit<SplitFile, 'log' | 'scan'> & { readonly split: string }) | null {
  const at = name.lastIndexOf('/') + 1;
  const words = name.slice(at).split(/[_\-. ]+/);
  for (const place of [0, words.length - 1]) {
    const found = SPLITS.find(([, pattern]) => pattern.test(words[place]!));
    if (found === undefined) continue;
    const word = words[place]!;
    const rest = (place === 0 ? name.slice(at + word.length) : name.slice(at, -word.length)).replace(
      /^[_\-. ]+|[_\-. ]+$/g,
      '',
    );
    const folder = name.slice(0, Math.max(0, at - 1));
    const isAlone = rest === '' || isNoLevel(rest);
    const run = isAlone ? folder || '.' : `${name.slice(0, at)}${rest}`;
    return { split: found[0], run, isSure: isAlone || place > 0 || !TRIES.test(word) };
  }
  return null;
}
