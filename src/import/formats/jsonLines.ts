/** JSON lines: one object a line, nested ones by dotted names. Streams. */

import { requestError } from '../../base/errors.js';
import { type SourceFile, withoutEnding } from '../files/source.js';
import { formWords, textFormOf, textOf } from '../files/text.js';
import type { Format, FormatOptions, Row } from './format.js';
import { ColumnIndex, flatCells } from './records.js';

export const jsonLines: Format = {
  name: 'jsonl',
  title: 'JSON lines',
  recognise: (path, head) =>
    /\.(jsonl|ndjson)(\.gz)?$/i.test(path) ||
    (/\.(json|txt|log)(\.gz)?$/i.test(path) && isLines(new TextDecoder().decode(head))),
  async open([file], options) {
    const source = file!;
    const index = new ColumnIndex();
    // What columns there are is known at the end only.
    for await (const rows of readRows(source, options, index, { torn: false })) void rows;
    const end = { torn: false };
    return [
      {
        name: withoutEnding(source.path),
        format: 'jsonl',
        files: [source],
        table: {
          columns: index.names,
          lineWord: 'line',
          decimal: 'point',
          end,
          rows: () => readRows(source, options, index, end),
        },
        hyperparameters: [],
        form: formWords(await textFormOf(source, options.encoding)),
      },
    ];
  },
};

/** Many tools write JSON lines under another name: the first line is an object, and the next one begins another. */
function isLines(head: string): boolean {
  const [first = '', second = ''] = head
    .replace(/^\uFEFF/, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (!/^\s*\{.*\}\s*$/.test(first) || !/^\s*\{/.test(second)) return false;
  try {
    return typeof parseLooseJson(first) === 'object';
  } catch {
    return false;
  }
}

/** What Python writes for numbers that JSON does not have. */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const quoted = text.replace(/([:[,]\s*)(-?(?:NaN|Infinity))(?=\s*[,\]}])/g, '$1"$2"');
    if (quoted === text) throw error;
    return JSON.parse(quoted) as unknown;
  }
}

async function* readRows(
  file: SourceFile,
  options: FormatOptions,
  index: ColumnIndex,
  end: { torn: boolean },
): AsyncGenerator<Row[]> {
  let held = '';
  let line = 0;
  const form = await textFormOf(file, options.encoding);
  const onZeros = () => {
    end.torn = true;
    options.note(`${file.path}: it ends in zero bytes, as after a crash; they were left out`);
  };
  for await (const piece of textOf(file, form, onZeros)) {
    const lines = (held + piece).split('\n');
    held = lines.pop()!;
    yield lines.flatMap((text) => rowOf(file, text, ++line, index));
    options.progress?.(piece.length);
  }
  if (held.trim() === '') return;
  try {
    yield rowOf(file, held, line + 1, index);
  } catch {
    end.torn = true;
    options.note(`${file.path}, line ${line + 1}: the last line is cut in its middle; it was left out`);
  }
}

function rowOf(file: SourceFile, text: string, line: number, index: ColumnIndex): Row[] {
  const bare = text.replace(/^\uFEFF/, '').trim();
  if (bare === '') return [];
  let data: unknown;
  try {
    data = parseLooseJson(bare);
  } catch (cause) {
    throw requestError({
      what: 'a line is not JSON',
      where: `${file.path}, line ${line}`,
      value: bare.slice(0, 80),
      cause,
    });
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw requestError({
      what: 'a line holds no object',
      where: `${file.path}, line ${line}`,
      rule: 'one object a line: { "epoch": 1, "val_acc": 0.5 }',
      value: bare.slice(0, 80),
    });
  }
  return [index.row(line, flatCells(data))];
}
