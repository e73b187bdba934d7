/** Records with names of their own (objects, tags at steps) -> a table. */

import type { Cell, Row, Table } from './format.js';

/** An object as flat cells: `train.loss` of `{ train: { loss: 1 } }`. Lists are no cells. */
export function flatCells(record: object, prefix = ''): [string, Cell][] {
  return Object.entries(record).flatMap(([name, value]): [string, Cell][] => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (value === null || value === undefined) return [[path, null]];
    if (Array.isArray(value)) return [];
    if (value instanceof Date) return [[path, value.toISOString()]];
    return typeof value === 'object' ? flatCells(value, path) : [[path, value as Cell]];
  });
}

/** The columns of records as they come: in the order in which they are met. */
export class ColumnIndex {
  readonly #places = new Map<string, number>();

  place(name: string): number {
    let at = this.#places.get(name);
    if (at === undefined) {
      at = this.#places.size;
      this.#places.set(name, at);
    }
    return at;
  }

  get names(): string[] {
    return [...this.#places.keys()];
  }

  row(line: number, cells: Iterable<readonly [string, Cell]>): Row {
    const row: Cell[] = new Array(this.#places.size).fill(null);
    for (const [name, cell] of cells) row[this.place(name)] = cell;
    return { line, cells: row };
  }
}

/** A table of rows that are at hand. */
export function tableOf(columns: readonly string[], rows: readonly Row[], lineWord: string): Table {
  return {
    columns,
    lineWord,
    decimal: 'point',
    end: { torn: false },
    async *rows() {
      yield rows;
    },
  };
}
