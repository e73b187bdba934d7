/** Parquet, one row group at a time. */

import { type AsyncBuffer, parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { joined, type SourceFile, withoutEnding } from '../files/source.js';
import { inWords } from '../files/text.js';
import type { Cell, Format, FormatOptions, Row, Table } from './format.js';

export const parquet: Format = {
  name: 'parquet',
  title: 'Parquet',
  recognise: (path, head) =>
    /\.(parquet|pq)$/i.test(path) || new TextDecoder().decode(head.subarray(0, 4)) === 'PAR1',
  async open([file], options) {
    const source = file!;
    const table = await inWords(source, 'a Parquet file cannot be read', () => parquetTable(source, options));
    return [
      {
        name: withoutEnding(source.path),
        format: 'parquet',
        files: [source],
        table,
        hyperparameters: [],
        form: {},
      },
    ];
  },
};

async function parquetTable(source: SourceFile, options: FormatOptions): Promise<Table> {
  const file: AsyncBuffer = {
    byteLength: source.bytes,
    async slice(start: number, end = source.bytes) {
      const bytes = await joined(source.read(start, end));
      return bytes.slice().buffer;
    },
  };
  const metadata = await parquetMetadataAsync(file);
  const nested = parquetSchema(metadata)
    .children.filter(({ children }) => children.length > 0)
    .map(({ element }) => element.name);
  if (nested.length > 0) options.note(`${source.path}: nested columns are not read: ${nested.join(', ')}`);
  const columns = parquetSchema(metadata)
    .children.filter(({ children }) => children.length === 0)
    .map(({ element }) => element.name);
  async function* rows(): AsyncGenerator<Row[]> {
    let start = 0;
    for (const group of metadata.row_groups) {
      const end = start + Number(group.num_rows);
      yield await inWords(source, 'a Parquet file cannot be read', () => groupRows(start, end));
      options.progress?.(Number(group.total_byte_size));
      start = end;
    }
  }
  async function groupRows(rowStart: number, rowEnd: number): Promise<Row[]> {
    const found: Row[] = [];
    await parquetRead({
      file,
      metadata,
      compressors,
      columns,
      rowStart,
      rowEnd,
      rowFormat: 'array',
      onComplete: (data) => {
        for (const [i, cells] of data.entries())
          found.push({ line: rowStart + i + 1, cells: (cells as unknown[]).map(cellOf) });
      },
    });
    return found;
  }
  return { columns, lineWord: 'row', decimal: 'point', end: { torn: false }, rows };
}

function cellOf(value: unknown): Cell {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? null : (value as Cell);
}
