/** CSV and its relatives, as rows with their lines. Streams: a file is never held whole. */

import { requestError } from '../../base/errors.js';
import type { SourceFile } from '../files/source.js';
import { withoutEnding } from '../files/source.js';
import { formWords, type TextForm, textFormOf, textOf } from '../files/text.js';
import { type Dialect, dialectOf, splitRecords, squeezeSpaces } from './dialect.js';
import type { Format, FormatOptions, KnownColumns, Log, Row, Table } from './format.js';

/** Where a separator is looked for: enough rows to see it, read once more than needed. */
const SAMPLE = 65_536;
/** A quoted text longer than this has lost its end. */
const LONGEST_RECORD = 2 ** 20;

export const delimited: Format = {
  name: 'csv',
  title: 'CSV, TSV and the like',
  recognise: (path) => /\.(csv|tsv|tab|txt|dat)(\.gz)?$/i.test(path),
  async open([file], options) {
    return [await delimitedLog(file!, options)];
  },
};

const SCALAR_HEADER = ['Wall time', 'Step', 'Value'];
const SCALAR_NAME = /^(?:run-)?(.+?)-tag-(.+)$/;
const SCALAR_WRITER = /^(.*[^_/])[_/](train|validation)$/i;
const SPLIT_WORD = /(^|[^a-z])(train(ing)?|val(id(ation)?)?|dev|test|eval(uation)?)([^a-z]|$)/i;

/** TensorBoard's download is one CSV for each run and tag; a run is all of them. */
function scalarOf(path: string, columns: readonly string[]): { name: string; known: KnownColumns } | null {
  if (SCALAR_HEADER.some((name, i) => columns[i] !== name)) return null;
  const whole = withoutEnding(path);
  const folder = whole.slice(0, whole.lastIndexOf('/') + 1);
  const match = SCALAR_NAME.exec(whole.slice(folder.length));
  const tag = match?.[2] ?? whole.slice(folder.length);
  const name = match === null ? folder.replace(/\/$/, '') || tag : `${folder}${match[1]}`;
  // Keras's two writers of a run are two runs to TensorBoard: `NAME/train` and `NAME/validation`, whose `/` becomes `_`.
  const writer = SPLIT_WORD.test(tag) ? null : SCALAR_WRITER.exec(name);
  return {
    name: writer?.[1] ?? name,
    known: {
      names: { Value: writer === null ? tag : `${writer[2]!.toLowerCase()}/${tag}` },
      unread: { 'Wall time': 'a time' },
    },
  };
}

async function delimitedLog(file: SourceFile, options: FormatOptions): Promise<Log> {
  const form = await textFormOf(file, options.encoding);
  let sample = '';
  for await (const piece of textOf(file, form)) {
    sample += piece;
    // Of thousands of columns the header alone may be longer.
    if (sample.length > SAMPLE && sample.split('\n', 4).length > 3) break;
  }
  const cut = sample.length > SAMPLE ? sample.slice(0, sample.lastIndexOf('\n') + 1) : sample;
  const dialect = dialectOf(cut.replace(/^\uFEFF/, ''), file.path, options);
  const scalar = scalarOf(file.path, dialect.columns);
  return {
    name: scalar?.name ?? withoutEnding(file.path),
    format: scalar === null ? 'csv' : 'tensorboard-csv',
    files: [file],
    table: delimitedTable(file, form, dialect, options),
    hyperparameters: [],
    form: {
      ...formWords(form),
      ...(dialect.separator === ',' ? {} : { separator: dialect.separator }),
      ...(dialect.decimal === 'point' ? {} : { decimal: dialect.decimal }),
    },
    ...(scalar === null ? {} : { known: scalar.known }),
  };
}

function delimitedTable(file: SourceFile, form: TextForm, dialect: Dialect, options: FormatOptions): Table {
  const end = { torn: false };
  return {
    columns: dialect.columns,
    lineWord: 'line',
    decimal: dialect.decimal,
    end,
    async *rows() {
      const reader = new RowReader(file, dialect, options.note, end);
      const onZeros = () => reader.zeros();
      for await (const piece of textOf(file, form, onZeros)) {
        yield reader.take(piece);
        options.progress?.(piece.length);
      }
      yield reader.finish();
    },
  };
}

/** Pieces of text -> whole rows, checked against the header. */
class RowReader {
  #held = '';
  #line = 1;
  #width: number;
  /** Shortest text of the last column so far: a last line without its end may be cut in it. */
  #shortest = Number.POSITIVE_INFINITY;
  readonly #end: { torn: boolean };
  /** Zero bytes follow the text: nothing says that its last cell is whole. */
  #metZeros = false;

  constructor(
    readonly file: SourceFile,
    readonly dialect: Dialect,
    readonly note: (text: string) => void,
    end: { torn: boolean },
  ) {
    this.#width = dialect.columns.length;
    this.#end = end;
  }

  take(piece: string): Row[] {
    const text = this.#held + piece;
    const data = this.dialect.separator === ' ' ? this.#spaced(text) : this.#separated(text);
    if (this.#held.length > LONGEST_RECORD) throw this.#openQuote(this.#line + data.length);
    return this.#rows(data, false);
  }

  #separated(text: string): string[][] {
    const { data, meta } = splitRecords(text, this.dialect.separator, false);
    this.#held = text.slice(meta.cursor);
    return data;
  }

  /** Runs of spaces are made one space only within whole lines. */
  #spaced(text: string): string[][] {
    const at = text.lastIndexOf('\n') + 1;
    this.#held = text.slice(at);
    return at === 0 ? [] : splitRecords(squeezeSpaces(text.slice(0, at - 1)), ' ', true).data;
  }

  /** What came was cut off by a crash: a last line without its end is not whole. */
  zeros(): void {
    this.#metZeros = true;
    this.#end.torn = true;
    this.note(`${this.file.path}: it ends in zero bytes, as after a crash; they were left out`);
  }

  finish(): Row[] {
    if (this.#held === '') return [];
    const text = this.dialect.separator === ' ' ? squeezeSpaces(this.#held) : this.#held;
    const { data, errors } = splitRecords(text, this.dialect.separator, true);
    const quote = errors.find(({ type }) => type === 'Quotes');
    if (quote !== undefined) {
      const lines = this.#held.split('\n').length;
      if (lines > 1) throw this.#openQuote(this.#line + (quote.row ?? 0));
      return this.#torn(this.#line);
    }
    return this.#rows(data, !this.#held.endsWith('\n'));
  }

  #openQuote(line: number): Error {
    return requestError({
      what: 'a quotation mark that opens a cell is not closed as it should be',
      where: `${this.file.path}, line ${line}`,
      rule: 'a cell that begins with " ends with ", and a " within it is written twice',
      advice: 'mend that line',
    });
  }

  #rows(data: readonly string[][], lacksEnd: boolean): Row[] {
    const rows: Row[] = [];
    for (const [i, cells] of data.entries()) {
      const line = this.#line;
      for (const cell of cells) if (cell.includes('\n')) this.#line += cell.split('\n').length - 1;
      this.#line += 1;
      if (line <= this.dialect.headerLine) continue;
      if (cells.every((cell) => cell.trim() === '')) continue;
      if (!this.dialect.marksHeader && cells[0]!.startsWith('#')) continue;
      if (this.#isHeader(cells)) {
        this.note(`${this.file.path}, line ${line}: the header stands there again; it was passed over`);
        continue;
      }
      const last = lacksEnd && i === data.length - 1;
      if (last && this.#isCut(cells)) return [...rows, ...this.#torn(line)];
      rows.push({ line, cells: this.#fitted(cells, line) });
    }
    return rows;
  }

  #isHeader(cells: readonly string[]): boolean {
    return cells.length === this.#width && cells.every((cell, i) => cell.trim() === this.dialect.columns[i]);
  }

  #torn(line: number): Row[] {
    this.#end.torn = true;
    this.note(`${this.file.path}, line ${line}: the last line is cut in its middle; it was left out`);
    return [];
  }

  #isCut(cells: readonly string[]): boolean {
    if (this.#metZeros || cells.length < this.#width) return true;
    const last = cells[this.#width - 1] ?? '';
    if (last.length < this.#shortest && Number.isFinite(this.#shortest)) return true;
    this.note(
      `${this.file.path}: the last line has no end of line; its last cell, ${last}, was taken as it stands`,
    );
    return false;
  }

  /** As many cells as there are columns. Empty ones too many or, under columns without a name, too few are no fault. */
  #fitted(cells: readonly string[], line: number): readonly string[] {
    const width = this.#width;
    if (cells.length !== width) {
      const more = cells.slice(width).every((cell) => cell.trim() === '');
      const fewer = this.dialect.columns.slice(cells.length).every((name) => name === '');
      if (!(more && fewer)) throw this.#ragged(cells, line);
    }
    const last = cells[width - 1] ?? '';
    if (last.length < this.#shortest) this.#shortest = last.length;
    return cells;
  }

  #ragged(cells: readonly string[], line: number): Error {
    const width = this.#width;
    return requestError({
      what: `a row has ${cells.length > width ? 'more' : 'fewer'} cells than the header has names`,
      where: `${this.file.path}, line ${line}`,
      rule: `${width} cells: ${this.dialect.columns.join(', ').slice(0, 120)}`,
      value: `${cells.length} cells: ${cells.join(this.dialect.separator).slice(0, 120)}`,
      advice: this.#raggedAdvice(cells.length, line),
    });
  }

  #raggedAdvice(count: number, line: number): string {
    const { separator, headerLine } = this.dialect;
    if (count < this.#width) return 'mend that line, or leave the file out';
    const ways = ['a name for every column must stand in the header, also for row numbers'];
    if (line <= headerLine + 2)
      ways.unshift(
        `if line ${headerLine} is no header, take it out or begin it with # (the names of the columns stand first)`,
      );
    else ways.unshift('if a column was added later, split the file there');
    if (separator === ',')
      ways.unshift('if decimals are marked by commas, separate the cells by semicolons (or quote them)');
    return ways.join('; ');
  }
}
