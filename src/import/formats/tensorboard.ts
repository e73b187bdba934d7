/** TensorBoard's event files. The files of a folder are one run's, in the order of their names. */

import type { LevelValue } from '../../study/types.js';
import { baseName, folderOf, type SourceFile } from '../files/source.js';
import { inWords } from '../files/text.js';
import { decodeEvent } from './eventProto.js';
import type { Format, FormatOptions, Log } from './format.js';
import { ColumnIndex, tableOf } from './records.js';
import { readRecords } from './tfrecord.js';

/** Keras writes its two splits into folders of one run; `add_hparams` makes one named by the time. */
const SPLIT = /(^|\/)(train|validation|valid|val|eval|test)$/i;
const TIME_NAME = /(^|\/)\d{9,}(\.\d+)+$/;

export const tensorboard: Format = {
  name: 'tensorboard',
  title: "TensorBoard's event files",
  recognise: (path) => /(^|\/)events\.out\.tfevents\.[^/]*$/.test(path) && !path.endsWith('.profile-empty'),
  together: (path) => runFolder(folderOf(path)),
  open: async (files, options) => [await eventLog(files, options)],
};

function runFolder(folder: string): string {
  return folder.replace(TIME_NAME, '').replace(SPLIT, '');
}

/** Scalars by tag: the value at each step, and the order of the writer that wrote it. */
type Tags = Map<string, Map<number, number>>;

class EventTable {
  readonly tags: Tags = new Map();
  readonly others = new Set<string>();
  hyperparameters: Record<string, LevelValue> = {};
  torn = false;
  #replaced = 0;

  constructor(readonly note: (text: string) => void) {}

  async addFile(file: SourceFile, isFirst: boolean): Promise<void> {
    const split = SPLIT.exec(folderOf(file.path).replace(TIME_NAME, ''))?.[2];
    const prefix = split === undefined ? '' : `${split}/`;
    const torn = (at: number) => {
      this.torn = true;
      this.note(`${file.path}: the record at byte ${at} is cut in its middle; it was left out`);
    };
    for await (const { data } of readRecords(file, torn)) {
      const event = decodeEvent(data);
      if (event.starts && !isFirst) this.#voidFrom(event.step, prefix, file);
      if (event.hyperparameters !== null) Object.assign(this.hyperparameters, event.hyperparameters);
      for (const tag of event.others) if (!tag.startsWith('_hparams_')) this.others.add(prefix + tag);
      for (const { tag, value } of event.scalars) this.#add(prefix + tag, event.step, value);
    }
    if (this.#replaced > 0)
      this.note(
        `${file.path}: ${this.#replaced} values stand at a step that has one already; the later one was read`,
      );
    this.#replaced = 0;
  }

  #add(tag: string, step: number, value: number): void {
    const own = this.tags.get(tag) ?? new Map<number, number>();
    this.tags.set(tag, own);
    const before = own.get(step);
    if (before !== undefined && !Object.is(before, value)) this.#replaced += 1;
    own.set(step, value);
  }

  /** A writer that starts at a step has gone on from there: what was logged there and later is void. */
  #voidFrom(step: number, prefix: string, file: SourceFile): void {
    let voided = 0;
    for (const [tag, own] of this.tags) {
      if (!tag.startsWith(prefix)) continue;
      for (const at of own.keys()) {
        if (at < step) continue;
        own.delete(at);
        voided += 1;
      }
    }
    if (voided > 0)
      this.note(
        `${file.path}: a writer went on at step ${step}; ${voided} values that were logged there or later before are void`,
      );
  }
}

async function eventLog(files: readonly SourceFile[], options: FormatOptions): Promise<Log> {
  const ordered = [...files].sort((a, b) => (baseName(a.path) < baseName(b.path) ? -1 : 1));
  const events = new EventTable(options.note);
  const seen = new Set<string>();
  for (const file of ordered) {
    const folder = folderOf(file.path);
    await inWords(file, 'an event file cannot be read', () => events.addFile(file, !seen.has(folder)));
    seen.add(folder);
    options.progress?.(file.bytes);
  }
  const index = new ColumnIndex();
  index.place('step');
  for (const tag of events.tags.keys()) index.place(tag);
  const steps = new Map<number, [string, number][]>();
  for (const [tag, own] of events.tags)
    for (const [step, value] of own) steps.set(step, [...(steps.get(step) ?? []), [tag, value]]);
  const rows = [...steps.keys()]
    .sort((a, b) => a - b)
    .map((step) => index.row(step, [['step', step], ...steps.get(step)!]));
  const table = tableOf(index.names, rows, 'step');
  table.end.torn = events.torn;
  const folder = runFolder(folderOf(ordered[0]!.path));
  const { hyperparameters } = events;
  return {
    name: folder === '' ? baseName(ordered[0]!.path) : folder,
    format: 'tensorboard',
    files: ordered,
    table,
    hyperparameters:
      Object.keys(hyperparameters).length === 0
        ? []
        : [{ from: `the hparams of ${folder}`, values: hyperparameters }],
    form: {},
  };
}
