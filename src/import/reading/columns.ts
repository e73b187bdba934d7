/** Which column is what, where one reading is possible; else an error with the candidates. */

import { requestError } from '../../base/errors.js';
import { advise, type Choice } from '../advice.js';
import type { KnownColumns } from '../formats/format.js';
import {
  type Curve,
  METRICS,
  type Meaning,
  type Metric,
  meaningOf,
  NO_METRIC,
  type Quantity,
} from './headers.js';
import { type ColumnStats, rangeText } from './scan.js';

export interface IdentityColumn {
  readonly index: number;
  readonly name: string;
  /** `seed`, a key of a study file, or the column's own name. */
  readonly key: string;
  readonly strong: boolean;
}

export interface UnreadColumn {
  readonly column: string;
  readonly why: string;
  /** What would have it read, and why it is not, where a person may want that. */
  readonly ask?: { readonly choice: Choice; readonly reason: string };
}

export interface ChosenColumns {
  readonly metrics: Readonly<Partial<Record<Curve, ColumnStats>>>;
  readonly epoch: ColumnStats | null;
  readonly step: ColumnStats | null;
  readonly identities: readonly IdentityColumn[];
  readonly unread: readonly UnreadColumn[];
  readonly notes: readonly string[];
}

/** `trainLoss` -> the column that holds it; an empty text leaves it out. */
export type ColumnMap = Readonly<Partial<Record<Curve | 'epoch' | 'step', string>>>;

const CHOICES = ['epoch', 'step', ...METRICS] as const;

/** `trainLoss=Loss (train)` -> a column map. @throws a request error for another form or an unknown metric */
export function parseColumns(assignments: readonly string[]): ColumnMap {
  const map: Partial<Record<Curve | 'epoch' | 'step', string>> = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    const metric = CHOICES.find((column) => column === assignment.slice(0, at));
    if (metric === undefined) {
      throw requestError({
        what: '--columns names no metric',
        where: '--columns',
        rule: `METRIC=COLUMN with METRIC one of ${CHOICES.join(', ')}; METRIC= leaves it out`,
        value: assignment,
      });
    }
    const before = map[metric];
    if (before !== undefined) {
      throw requestError({
        what: '--columns names one metric twice',
        where: '--columns',
        rule: 'one column for each metric',
        value: `${metric}=${before} and ${assignment}`,
      });
    }
    map[metric] = assignment.slice(at + 1).replace(/^"(.*)"$/, '$1');
  }
  return map;
}

/** What stands in a table that several readings need: its file, its columns, what the user and the format say of them. */
export interface ColumnQuestion {
  readonly where: string;
  readonly columns: readonly ColumnStats[];
  readonly given: ColumnMap;
  /** Columns that are not to be read. */
  readonly ignored: readonly string[];
  /** Where a person says that the seeds stand. */
  readonly seeds?: string | undefined;
  readonly known?: KnownColumns | undefined;
  /** A column's name as its meaning is read from: of `run - val_acc` the part `val_acc`. */
  readonly shortName?: ((name: string) => string) | undefined;
}

interface Named {
  readonly stats: ColumnStats;
  readonly meaning: Meaning;
}

/** @throws a request error where two columns fit equally, share a name, or one that was asked for is missing */
export function chooseColumns(question: ColumnQuestion): ChosenColumns {
  const { columns, given, where } = question;
  const unread: UnreadColumn[] = [];
  const filled = columns.filter((stats) => {
    const isIgnored =
      question.ignored.includes(stats.name) || question.ignored.includes(plainName(question, stats));
    if (isIgnored) unread.push({ column: stats.name, why: 'left out as asked' });
    else if (stats.filled === 0 && stats.name !== '') unread.push({ column: stats.name, why: 'empty' });
    return stats.filled > 0 && !isIgnored;
  });
  refuseTwins(filled, where);
  checkGiven(question);
  const taken = new Set(Object.values(given).filter((name) => name !== ''));
  const all = filled
    .filter(({ name }) => !taken.has(name))
    .filter((stats) => !isSeedColumn(question, stats))
    .map((stats): Named => ({ stats, meaning: meaningIn(question, stats) }));
  const notes: string[] = [];
  const read = settleBare(all, question, notes);
  const metrics: Partial<Record<Curve, ColumnStats>> = {};
  for (const metric of METRICS) {
    const found = given[metric] === undefined ? pickMetric(metric, read, question, unread, notes) : null;
    if (found !== null) metrics[metric] = found;
    const asked = columns.find(({ name, filled }) => name === given[metric] && filled > 0);
    if (asked !== undefined && given[metric] !== '') metrics[metric] = asked;
  }
  for (const [name, column] of Object.entries(given) as [Curve | 'epoch' | 'step', string][]) {
    if (CHOICES.some((one) => one === name)) continue;
    const asked = columns.find((stats) => stats.name === column && stats.filled > 0);
    if (asked !== undefined) metrics[name as Curve] = asked;
  }
  for (const { stats, meaning } of read) tellUnread(stats, meaning, unread);
  const axis = (kind: 'epoch' | 'step') => axisColumn(kind, read, question, unread);
  const [epoch, step] = [axis('epoch'), axis('step')];
  if (epoch === null && step === null) for (const note of likelyAxes(read, question)) notes.push(note);
  return {
    metrics,
    epoch,
    step,
    identities: [
      ...filled.flatMap((stats) => (isSeedColumn(question, stats) ? [seedColumn(stats)] : [])),
      ...read.flatMap(({ stats, meaning }) => identityIn(stats, meaning, question.seeds)),
    ],
    unread,
    notes,
  };
}

function meaningIn(question: ColumnQuestion, stats: ColumnStats): Meaning {
  const why = question.known?.unread?.[stats.name];
  return why === undefined ? meaningOf(plainName(question, stats)) : { kind: 'unknown', why };
}

/** A column's name as a person knows it: the tag of a scalar, the metric of `run - metric`. */
function plainName({ known, shortName }: ColumnQuestion, { name }: ColumnStats): string {
  const own = known?.names?.[name] ?? name;
  return shortName?.(own) ?? own;
}

function isSeedColumn({ seeds }: ColumnQuestion, { name }: ColumnStats): boolean {
  return name === seeds && seeds !== 'name' && seeds !== 'none';
}

/** The seed by its place, whatever the column is called. */
function seedColumn({ index, name, distinct }: ColumnStats): IdentityColumn {
  return { index, name, key: 'seed', strong: distinct !== null };
}

function identityIn(stats: ColumnStats, meaning: Meaning, seeds: string | undefined): IdentityColumn[] {
  const { index, name } = stats;
  // Where the seeds stand elsewhere, it tells runs apart still.
  if (meaning.kind === 'identity' && meaning.key === 'seed' && seeds !== undefined)
    return [{ index, name, key: `column ${name}`, strong: stats.distinct !== null }];
  if (meaning.kind === 'identity')
    return [{ index, name, key: meaning.key, strong: meaning.strong && stats.distinct !== null }];
  const isRate = meaning.kind === 'metric' && meaning.metric === 'learningRate' && meaning.rank === 0;
  if (isRate) return [{ index, name, key: 'learningRate', strong: false }];
  // Any column of words may tell runs apart where nothing else does.
  const isText = stats.texts > 0 && stats.distinct !== null && meaning.kind === 'unknown';
  return isText ? [{ index, name, key: name, strong: false }] : [];
}

/** Whole numbers that rise with the rows, under a name that tells nothing: `Epoche`, `round`. */
function likelyAxes(read: readonly Named[], { given, where }: ColumnQuestion): string[] {
  if (given.epoch !== undefined) return [];
  return read
    .filter(({ stats: { name, rising, whole, numbers, filled }, meaning }) => {
      const isUnknown = meaning.kind === 'unknown' && meaning.why === NO_METRIC && name !== '';
      return isUnknown && rising && numbers > 1 && whole === numbers && filled === numbers;
    })
    .map(
      ({ stats }) =>
        `${where}: the column ${stats.name} (${rangeText(stats)}) rises with the rows and may be their epoch: --columns 'epoch=${stats.name}'`,
    );
}

/** Two columns of one name cannot be told apart, unless all but one are empty. */
function refuseTwins(filled: readonly ColumnStats[], where: string): void {
  const seen = new Map<string, ColumnStats>();
  for (const stats of filled) {
    const other = seen.get(stats.name);
    seen.set(stats.name, stats);
    if (other === undefined || stats.name === '') continue;
    throw requestError({
      what: 'two columns have one name',
      where: `${where}, columns ${other.index + 1} and ${stats.index + 1}`,
      rule: 'each name once, unless all but one are empty',
      value: `${stats.name}: ${rangeText(other)}, and ${rangeText(stats)}`,
      advice: 'give one of them another name in the file',
    });
  }
}

function checkGiven({ given, columns, where }: ColumnQuestion): void {
  for (const name of Object.values(given)) {
    if (name === undefined || name === '' || columns.some((stats) => stats.name === name)) continue;
    throw requestError({
      what: 'a file does not have a column that is named for a metric',
      where,
      rule: `one of ${columns.map((stats) => stats.name).join(', ')}`,
      value: name,
      advice: 'a column that all files have; where names differ, rename it there or leave its option away',
    });
  }
}

function pickMetric(
  metric: Metric,
  read: readonly Named[],
  question: ColumnQuestion,
  unread: UnreadColumn[],
  notes: string[],
): ColumnStats | null {
  const found = read.flatMap(({ stats, meaning }) =>
    meaning.kind === 'metric' && meaning.metric === metric ? [{ stats, ...meaning }] : [],
  );
  if (found.length === 0) return null;
  const least = found.reduce((rank, one) => Math.min(rank, one.rank), Number.POSITIVE_INFINITY);
  const best = found.filter((one) => one.rank === least);
  const [first] = best;
  if (best.length > 1) {
    if (metric !== 'learningRate')
      throw tie(
        metric,
        best.map(({ stats }) => stats),
        question.where,
      );
    for (const { stats } of best)
      unread.push({
        column: stats.name,
        why: `one of ${best.length} learning rates: --columns learningRate=${stats.name}`,
      });
    return null;
  }
  for (const { stats, remark } of found)
    if (stats !== first!.stats)
      unread.push({
        column: stats.name,
        why: `${remark === undefined ? '' : `${remark}; `}${first!.stats.name} is read instead`,
      });
  if (first!.remark !== undefined)
    notes.push(`${question.where}: ${first!.stats.name} is read as ${metric}, though ${first!.remark}`);
  return first!.stats;
}

function tie(metric: string, candidates: readonly ColumnStats[], where: string): Error {
  return requestError({
    what: `several columns could be ${metric}`,
    where,
    rule: 'one column for each metric',
    value: candidates.map((stats) => `${stats.name} (${rangeText(stats)})`).join(', '),
    ...advise(candidates.map(({ name }) => [{ choice: 'columns', metric, value: name } as const])),
  });
}

function tellUnread(stats: ColumnStats, meaning: Meaning, unread: UnreadColumn[]): void {
  if (stats.name === '') return;
  if (meaning.kind === 'unknown') unread.push({ column: stats.name, why: meaning.why });
  if (meaning.kind === 'rowNumber') unread.push({ column: stats.name, why: 'row numbers' });
  if (meaning.kind === 'test') {
    const reason = 'a test column never stands in for validation unasked';
    const metric = `valid${meaning.quantity}`;
    const why = `${reason}: --columns ${metric}=${stats.name}`;
    const choice = { choice: 'columns', metric, value: stats.name } as const;
    unread.push({ column: stats.name, why, ask: { choice, reason } });
  }
}

function axisColumn(
  kind: 'epoch' | 'step',
  read: readonly Named[],
  { given, columns, where }: ColumnQuestion,
  unread: UnreadColumn[],
): ColumnStats | null {
  const asked = given[kind];
  if (asked === '') return null;
  if (asked !== undefined) return columns.find(({ name }) => name === asked) ?? null;
  const found = read.filter(({ meaning }) => meaning.kind === kind).map(({ stats }) => stats);
  if (found.length < 2) return found[0] ?? null;
  const exact = found.filter(({ name }) => name.toLowerCase() === kind);
  const global = found.filter(({ name }) => /global/i.test(name));
  const [chosen] = exact.length === 1 ? exact : global.length === 1 ? global : [];
  if (chosen === undefined) throw tie(kind, found, where);
  for (const stats of found)
    if (stats !== chosen) unread.push({ column: stats.name, why: `${chosen.name} is read as the ${kind}` });
  return chosen;
}

/**
 * A loss or accuracy without a split. Beside a validation value it is that of training (Keras); in fastai's files, which
 * have both losses named, the accuracy is that of validation.
 * @throws a request error where both are possible
 */
function settleBare(all: readonly Named[], question: ColumnQuestion, notes: string[]): Named[] {
  const { given, where } = question;
  const has = (metric: Metric) =>
    (given[metric] !== undefined && given[metric] !== '') ||
    all.some(({ meaning }) => meaning.kind === 'metric' && meaning.metric === metric && meaning.rank < 3);
  const settle = (quantity: Quantity, stats: ColumnStats): 'train' | 'valid' | null => {
    const [train, valid] = [has(`train${quantity}`), has(`valid${quantity}`)];
    if (train && valid) return null;
    if (valid) return 'train';
    const other = quantity === 'Loss' ? 'Accuracy' : 'Loss';
    const split = train || (has(`train${other}`) && has(`valid${other}`));
    const tests = (one: Quantity) =>
      all.some(({ meaning }) => meaning.kind === 'test' && meaning.quantity === one);
    // Beside train_loss and test_loss it may be that of the test.
    const isTest = has(`train${other}`) && tests(other) && !tests(quantity);
    if (!split && !isTest) {
      const said = `${where}: ${stats.name} names no split; it is read as that of training`;
      if (!has(`valid${other}`)) notes.push(said);
      return 'train';
    }
    const names = all.map((one) => one.stats.name);
    const fastai = names.includes('valid_loss') && (names.includes('time') || names.includes('error_rate'));
    if (fastai && quantity === 'Accuracy' && !train) return 'valid';
    throw requestError({
      what: `a column names no split, and both are possible`,
      where,
      rule: 'one split for each column: its name says which, or what stands beside it',
      value: `${stats.name} (${rangeText(stats)})`,
      ...advise([
        [{ choice: 'columns', metric: `valid${quantity}`, value: stats.name }],
        [{ choice: 'columns', metric: `train${quantity}`, value: stats.name }],
        ['leave it out: ', { choice: 'ignore', value: stats.name }],
      ]),
    });
  };
  return all.map((one) => {
    if (one.meaning.kind !== 'bare') return one;
    const { quantity, rank } = one.meaning;
    const split = settle(quantity, one.stats);
    if (split === null)
      return { ...one, meaning: { kind: 'unknown', why: 'names no split; both splits have a column' } };
    return { ...one, meaning: { kind: 'metric', metric: `${split}${quantity}`, rank } };
  });
}
