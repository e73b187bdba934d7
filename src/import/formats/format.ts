/** What a format gives: logs, and their rows in pieces, each with the place where it stands. */

import type { LevelValue } from '../../study/types.js';
import type { SourceFile } from '../files/source.js';
import type { Encoding } from '../files/text.js';

/** A cell as a format has it. Text is read as a number later, by the rules of the whole column. */
export type Cell = string | number | bigint | boolean | null | undefined;

export interface Row {
  /** Where it stands, for errors and notes: its line, or its number where the format has no lines. */
  readonly line: number;
  readonly cells: readonly Cell[];
}

/** A table that is read as often as needed, never held whole. */
export interface Table {
  readonly columns: readonly string[];
  /** What `line` counts: `line`, `row`, `step`. */
  readonly lineWord: string;
  /** How a text cell marks its decimals. */
  readonly decimal: 'point' | 'comma';
  /** Set by `rows`: the last line was cut in its middle, so whoever wrote it was killed or is still writing. */
  readonly end: { torn: boolean };
  rows(): AsyncIterable<readonly Row[]>;
}

/** Hyperparameters that stand in a log itself, or in a file beside it. */
export interface Hyperparameters {
  /** Where they stand: a file, or a part of it. */
  readonly from: string;
  readonly values: Readonly<Record<string, LevelValue>>;
}

/** One log: a file, or files that one writer wrote (event files of a folder). It holds one run, or several. */
export interface Log {
  /** Whose folders and name tell levels: a path without its ending. */
  readonly name: string;
  readonly format: string;
  readonly files: readonly SourceFile[];
  readonly table: Table;
  /** Of the whole log. */
  readonly hyperparameters: readonly Hyperparameters[];
  /** Of single runs of it, by the text of the column that tells runs apart. */
  readonly parts?: {
    readonly column: string;
    readonly hyperparameters: ReadonlyMap<string, Hyperparameters>;
  };
  /** How the table was found to be written, one entry each: `separator: ";"`. Kept in the plan. */
  readonly form: Readonly<Record<string, string>>;
  /** What the format knows of its columns, where the usual names do not tell. */
  readonly known?: KnownColumns;
}

export interface KnownColumns {
  /** Means of several values within an epoch, by column: as the tool's documents say. */
  readonly means?: readonly string[];
  /** Columns that are no metrics there, with the reason. */
  readonly unread?: Readonly<Record<string, string>>;
  /** Every value carries its own meaning (TensorBoard's one CSV per scalar): what the value column is. */
  readonly names?: Readonly<Record<string, string>>;
  /** A later row of one step replaces an earlier one: an interrupted writer went on. */
  readonly laterWins?: boolean;
}

export interface FormatOptions {
  readonly encoding?: Encoding;
  readonly separator?: string;
  readonly decimal?: 'point' | 'comma';
  /** Told what was passed over or assumed. */
  readonly note: (text: string) => void;
  /** Told as bytes are read. */
  readonly progress?: (bytes: number) => void;
}

/** One way in which logs are written. */
export interface Format {
  readonly name: string;
  /** What a person calls it. */
  readonly title: string;
  /** Whether the file is of this format, by its name and its first bytes (unpacked). */
  recognise(path: string, head: Uint8Array): boolean;
  /** The files of one log are read together; most formats have one file a log. `null`: the file alone. */
  readonly together?: (path: string) => string;
  open(files: readonly SourceFile[], options: FormatOptions): Promise<readonly Log[]>;
}
