/** The tables of a database, as the readers of single tools see them. */

import type { SqlValue } from 'sql.js';

export type Records = Readonly<Record<string, SqlValue>>[];

/** What a reader of one tool's tables is given. */
export interface Tables {
  has(table: string, ...columns: readonly string[]): boolean;
  all(sql: string): Records;
}
