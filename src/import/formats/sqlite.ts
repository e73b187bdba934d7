/** SQLite databases, read by sql.js (WebAssembly): the whole file is held in memory meanwhile. */

import initSqlJs, { type Database } from 'sql.js';
import { requestError } from '../../base/errors.js';
import { joined, type SourceFile } from '../files/source.js';
import { inWords } from '../files/text.js';
import type { Format, FormatOptions, Log } from './format.js';
import { optunaLogs } from './optuna.js';
import type { Records, Tables } from './tables.js';
import { trackioLogs } from './trackio.js';

const LARGEST = 1024 * 2 ** 20;
/** What a program has changed and not yet written into the database itself stands beside it. https://sqlite.org/wal.html */
const WRITE_AHEAD = /-wal$/;
const WAL_HEADER = 32;
let library: ReturnType<typeof initSqlJs> | null = null;

export const sqlite: Format = {
  name: 'sqlite',
  title: 'SQLite of Optuna and of Trackio',
  recognise: (path, head) =>
    isWriteAhead(path, head) ||
    new TextDecoder('latin1').decode(head.subarray(0, 16)) === 'SQLite format 3\0' ||
    /\.sqlite3?$/i.test(path),
  together: (path) => path.replace(WRITE_AHEAD, ''),
  async open(files, options) {
    const [source] = files.filter(({ path }) => !WRITE_AHEAD.test(path));
    const waiting = files.find(({ path, bytes }) => WRITE_AHEAD.test(path) && bytes > WAL_HEADER);
    if (source === undefined) throw noDatabase(files[0]!);
    if (waiting !== undefined) throw notWritten(source, waiting);
    if (source.bytes > LARGEST) {
      throw requestError({
        what: 'a database is too large to be read',
        where: source.path,
        rule: `at most ${LARGEST / 2 ** 20} MiB`,
        value: `${Math.round(source.bytes / 2 ** 20)} MiB`,
      });
    }
    const bytes = await joined(source.read());
    options.progress?.(source.bytes);
    return inWords(source, 'a database cannot be read', () => readDatabase(source, bytes, options));
  },
};

function isWriteAhead(path: string, head: Uint8Array): boolean {
  return WRITE_AHEAD.test(path) && head[0] === 0x37 && head[1] === 0x7f && head[2] === 0x06;
}

function noDatabase({ path }: SourceFile): Error {
  return requestError({
    what: 'a database is missing: of it there is only the file of what waits to be written into it',
    where: path,
    rule: 'the database beside it',
    value: `no ${path.replace(WRITE_AHEAD, '')}`,
    advice: 'give both files, copied after the program that writes them has ended',
  });
}

function notWritten({ path }: SourceFile, waiting: SourceFile): Error {
  return requestError({
    what: 'a database is still being written: newer values stand in a file beside it',
    where: `${path} and ${waiting.path}`,
    rule: 'a database whose -wal file is empty or not there',
    value: `${waiting.bytes} bytes`,
    advice: `end the program that writes it, then: python3 -c "import sqlite3; sqlite3.connect('${path}').execute('PRAGMA wal_checkpoint(TRUNCATE)')"`,
  });
}

async function readDatabase(
  source: SourceFile,
  bytes: Uint8Array,
  options: FormatOptions,
): Promise<readonly Log[]> {
  library ??= initSqlJs();
  const { Database } = await library;
  const database = new Database(bytes);
  try {
    const tables = tablesOf(database);
    if (tables.has('trials', 'trial_id', 'study_id', 'state')) return optunaLogs(source, tables, options);
    if (tables.has('metrics', 'run_name', 'step', 'metrics')) return trackioLogs(source, tables);
    const names = tables
      .all("SELECT name FROM sqlite_master WHERE type = 'table'")
      .map(({ name }) => String(name));
    throw requestError({
      what: 'a database is neither of Optuna nor of Trackio',
      where: source.path,
      rule: 'the tables of one of them',
      value: names.join(', ').slice(0, 200) || 'no tables',
      advice: 'export its curves as CSV',
    });
  } finally {
    database.close();
  }
}

function tablesOf(database: Database): Tables {
  const all = (sql: string): Records => {
    const [result] = database.exec(sql);
    if (result === undefined) return [];
    return result.values.map((row) => Object.fromEntries(result.columns.map((name, i) => [name, row[i]!])));
  };
  return {
    all,
    has(table, ...columns) {
      const own = all(`SELECT name FROM pragma_table_info('${table}')`).map(({ name }) => name);
      return own.length > 0 && columns.every((column) => own.includes(column));
    },
  };
}
