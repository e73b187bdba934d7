/**
 * `trainer_state.json` of Hugging Face's Trainer. Epochs there are fractions. `loss` is the mean over the updates since
 * the entry before, so the loss of an epoch is their mean, weighted by their updates; of evaluations the last in an
 * epoch counts. `train_loss` of the last entry is a mean over the whole training, and no value of an epoch.
 * https://huggingface.co/docs/transformers/main_classes/callback (TrainerState)
 */

import { requestError } from '../../base/errors.js';
import { folderOf, type SourceFile } from '../files/source.js';
import { NO_METRIC } from '../reading/headers.js';
import type { Cell, Format, FormatOptions, Log, Table } from './format.js';
import { jsonLog, readJson } from './json.js';
import { ColumnIndex, tableOf } from './records.js';

type Entry = Readonly<Record<string, unknown>>;

/** A run's folder holds one state for each checkpoint, and one of its own. */
const CHECKPOINT = /(^|\/)checkpoint-\d+$/;

export const trainerState: Format = {
  name: 'trainer-state',
  title: "Hugging Face's trainer_state.json",
  recognise: (path) => /(^|\/)trainer_state\.json$/i.test(path),
  together: (path) => folderOf(path).replace(CHECKPOINT, ''),
  async open(files, options) {
    let best: { file: SourceFile; entries: readonly Entry[]; step: number } | null = null;
    const histories: { file: SourceFile; text: string }[] = [];
    for (const file of files) {
      const { entries, step } = await readState(file);
      options.progress?.(file.bytes);
      if (best === null || step >= best.step) best = { file, entries, step };
      histories.push({ file, text: historyText(entries) });
    }
    const { file, entries } = best!;
    const whole = historyText(entries);
    const others = histories.filter(({ text }) => !whole.startsWith(text));
    if (files.length > 1 && others.length === 0)
      options.note(
        `${file.path}: the last of ${files.length} states of its run; the earlier ones hold the same history`,
      );
    if (others.length > 0)
      options.note(
        `${file.path}: the last of ${files.length} states of its run was read; ${others.map((one) => one.file.path).join(', ')} ${others.length === 1 ? 'holds another history: it is' : 'hold other histories: they are'} of another training, or of one that was begun again`,
      );
    return [stateLog(file, entries, options)];
  },
};

/** What was measured, one text: a state goes on from another one where its text does. The entry of the end is a summary. */
function historyText(entries: readonly Entry[]): string {
  return entries
    .filter((entry) => entry.train_runtime === undefined)
    .map(({ step, loss, eval_loss }) => `${JSON.stringify([step, loss, eval_loss])}\n`)
    .join('');
}

async function readState(file: SourceFile): Promise<{ entries: readonly Entry[]; step: number }> {
  const data = (await readJson(file)) as { log_history?: unknown; global_step?: unknown } | null;
  if (!Array.isArray(data?.log_history)) {
    throw requestError({
      what: 'a trainer state has no log_history',
      where: file.path,
      rule: "as Hugging Face's Trainer writes it",
    });
  }
  return { entries: data.log_history as Entry[], step: Number(data.global_step ?? 0) };
}

function stateLog(file: SourceFile, entries: readonly Entry[], options: FormatOptions): Log {
  const name = folderOf(file.path).replace(CHECKPOINT, '') || 'trainer_state';
  const unread = {
    learning_rate: 'it changes within an epoch',
    train_loss: 'the mean over the whole training',
    grad_norm: NO_METRIC,
  };
  return { ...jsonLog(file, 'trainer-state', stateTable(file, entries, options), name), known: { unread } };
}

interface Epoch {
  line: number;
  sum: number;
  weight: number;
  broken: string | null;
  evaluations: Record<string, Cell>;
  last: number;
}

/** One row for each epoch. */
function stateTable(file: SourceFile, entries: readonly Entry[], options: FormatOptions): Table {
  const epochs = new Map<number, Epoch>();
  let before = 0;
  for (const [i, entry] of entries.entries()) {
    const at = Number(entry.epoch);
    if (!Number.isFinite(at))
      throw requestError({
        what: 'an entry of log_history has no epoch',
        where: `${file.path}, entry ${i + 1}`,
      });
    const epoch = Math.max(1, Math.ceil(at - 1e-6));
    const own = epochs.get(epoch) ?? {
      line: i + 1,
      sum: 0,
      weight: 0,
      broken: null,
      evaluations: {},
      last: at,
    };
    epochs.set(epoch, own);
    own.last = Math.max(own.last, at);
    if (entry.loss !== undefined) {
      const step = Number(entry.step ?? before + 1);
      addLoss(own, entry.loss, Math.max(1, step - before));
      before = step;
    }
    for (const [key, value] of Object.entries(entry))
      if (key.startsWith('eval_')) own.evaluations[key] = value as Cell;
  }
  const index = new ColumnIndex();
  const rows = [...epochs].map(([epoch, own]) => {
    const loss = own.broken ?? (own.weight === 0 ? null : own.sum / own.weight);
    return index.row(own.line, [['epoch', epoch], ['loss', loss], ...Object.entries(own.evaluations)]);
  });
  const end = [...epochs.values()].at(-1);
  if (end !== undefined && Math.abs(end.last - Math.round(end.last)) > 1e-3)
    options.note(`${file.path}: the last epoch is not whole (${end.last.toFixed(2)})`);
  return tableOf(index.names, rows, 'entry');
}

function addLoss(own: Epoch, loss: unknown, updates: number): void {
  const value = typeof loss === 'number' ? loss : Number(loss);
  if (!Number.isFinite(value)) own.broken = String(loss);
  own.sum += value * updates;
  own.weight += updates;
}
