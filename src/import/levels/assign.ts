/** The levels and the seed of each run, from all places that tell them; two places that differ are an error. */

import { levelLabel } from '../../analysis/words/labels.js';
import { requestError } from '../../base/errors.js';
import type { LevelValue } from '../../study/types.js';
import type { Choices } from '../choices.js';
import { placeOf } from '../reading/piece.js';
import type { CurveRun } from '../reading/runs.js';
import { hyperparameterName } from './files.js';
import { levelsInName, type NameLevels, ownSegments, sharedLevels } from './fromNames.js';
import { levelPath } from './hyperparameters.js';
import { named, namesApart, sameValue } from './named.js';
import {
  type LevelNames,
  matchName,
  type NameTemplate,
  parseAbsent,
  parseLevelNames,
  parseTemplate,
  typedLevel,
} from './template.js';

/** A table of runs: levels by the run's name. */
export interface RunTable {
  readonly file: string;
  readonly rows: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export interface ToldRun {
  readonly run: CurveRun;
  /** Every hyperparameter that is told, by path; the seed apart. */
  readonly values: Readonly<Record<string, LevelValue>>;
  readonly from: Readonly<Record<string, string>>;
  readonly seed: string | number | null;
  readonly seedFrom: string | null;
  /** What of the name was not understood. */
  readonly rest: string;
}

interface Source {
  readonly from: string;
  readonly values: Readonly<Record<string, LevelValue>>;
}

export function tellLevels(runs: readonly CurveRun[], choices: Choices, table: RunTable | null): ToldRun[] {
  const template = choices.levels === undefined ? null : parseTemplate(choices.levels);
  const means = parseLevelNames(choices.means ?? []);
  const names = runs.map(({ name }) => name);
  const segments = ownSegments(names);
  const shared = template === null && table === null ? sharedLevels(names) : {};
  const rawSources = runs.map((run) => [...tableSource(table, run), ...logSources(run)]);
  const apart = namesApart(
    rawSources.flat().map(({ values }) => values),
    choices.seeds,
  );
  const told = runs.map((run, i) => {
    const guessed = template === null && table === null ? levelsInName(segments[i]!) : null;
    if (guessed?.contradiction) throw contradictingName(run, guessed);
    const fromName =
      template === null ? namedSource(guessed, shared, means) : templateSource(template, run, means, runs);
    const { seeds } = choices;
    const sources = [
      seeds === undefined || seeds === 'name' ? fromName : withoutSeed(fromName),
      ...rawSources[i]!.map(({ from, values }) => ({ from, values: named(values, seeds, apart) })),
      ...columnSources(run),
    ];
    return merge(run, sources, choices, guessed?.rest ?? '');
  });
  return withConstantRates(told, choices);
}

/**
 * A learning rate that is one in all rows of a log: a level where every run has one and nothing else tells it; where
 * something does, it must be the same. A rate that follows a schedule in some runs is a curve.
 */
function withConstantRates(told: readonly ToldRun[], { ignore = [] }: Choices): ToldRun[] {
  const rates = told.map(({ run }) => (ignore.includes('learningRate') ? null : constantRate(run)));
  const isTold = told.some(({ values }) => values.learningRate !== undefined);
  const areAll = rates.every((rate) => rate !== null);
  return told.map((one, i) => {
    const rate = rates[i];
    const own = one.values.learningRate;
    if (rate === null || rate === undefined) return one;
    if (own === undefined) {
      if (isTold || !areAll) return one;
      return {
        ...one,
        values: { ...one.values, learningRate: rate.value },
        from: { ...one.from, learningRate: rate.from },
      };
    }
    if (typeof own === 'number' && !sameValue(own, rate.value))
      throw contradiction(
        one.run,
        'learningRate',
        [own, one.from.learningRate ?? 'name'],
        [rate.value, `${rate.from}, in all rows`],
      );
    return one;
  });
}

function constantRate({ pieces }: CurveRun): { readonly value: number; readonly from: string } | null {
  for (const { log, constants, chosen, rows } of pieces) {
    const text =
      rows > 1 && chosen.metrics.learningRate !== undefined ? constants.get('learningRate') : undefined;
    const value = text === undefined ? Number.NaN : Number(text);
    if (Number.isFinite(value))
      return { value, from: `the column ${chosen.metrics.learningRate!.name} of ${placeOf(log)}` };
  }
  return null;
}

function withoutSeed({ from, values: { seed: _, ...values } }: Source): Source {
  return { from, values };
}

function contradictingName(run: CurveRun, { contradiction }: NameLevels): Error {
  return requestError({
    what: 'a name tells two levels of one hyperparameter',
    where: run.name,
    value: contradiction ?? '',
    advice: "say which part counts: --levels 'lr_{learningRate}_s{seed}'",
  });
}

function typed(texts: Readonly<Record<string, string>>, means: LevelNames): Record<string, LevelValue> {
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [
      path,
      path === 'seed' ? text : typedLevel(path, text, means, true),
    ]),
  );
}

function namedSource(
  guessed: NameLevels | null,
  shared: Readonly<Record<string, string>>,
  means: LevelNames,
): Source {
  return { from: 'name', values: guessed === null ? {} : typed({ ...shared, ...guessed.texts }, means) };
}

/** In a wide table the runs are known by the names in its header only. */
function templateSource(
  template: NameTemplate,
  run: CurveRun,
  means: LevelNames,
  all: readonly CurveRun[],
): Source {
  const wide = run.pieces.filter(({ part }) => part.run !== undefined);
  const [first] = run.pieces;
  const own = first!.part;
  const fromColumns = Object.keys(own).length > 0 && wide.length === 0;
  const names = wide.length > 0 ? [run.name] : fromColumns ? [run.name, first!.log.name] : [run.name];
  const alone = all.length === 1 ? run.pieces.map(({ log }) => log.name) : [];
  let failure: unknown;
  for (const name of [...names, ...alone]) {
    try {
      return { from: '--levels', values: typed(matchName(template, name), means) };
    } catch (error) {
      failure ??= error;
    }
  }
  // The columns of a long table may tell everything.
  if (fromColumns) return { from: '--levels', values: {} };
  if (wide.length === 0) throw failure;
  const file = placeOf(first!.log);
  const columns = all
    .flatMap(({ pieces }) => pieces.filter(({ log }) => log === first!.log))
    .flatMap(({ chosen }) => Object.values(chosen.metrics).flatMap((stats) => stats?.name ?? []));
  throw requestError({
    what: `${columns.length} columns of a file are ${columns.length} runs, and their names do not tell the levels`,
    where: file,
    rule: `run names of the form ${template.text}`,
    value: columns.slice(0, 8).join(', '),
    advice:
      '--runs TABLE: a CSV with the names of the runs in one column and their levels in the others (W&B exports it)',
  });
}

function tableSource(table: RunTable | null, run: CurveRun): Source[] {
  if (table === null) return [];
  const row = namesFor(run)
    .map((name) => table.rows.get(name))
    .find((one) => one !== undefined);
  if (row === undefined) {
    throw requestError({
      what: 'the table of runs does not name a run',
      where: `${table.file}: ${run.name}`,
      rule: `the names there: ${[...table.rows.keys()].slice(0, 8).join(', ')}`,
      advice: 'add its row, or leave its file out',
    });
  }
  return [{ from: table.file, values: row }];
}

/** What a table may call a run: its path, its file, or a folder above it, the nearest first. */
function namesFor({ name, pieces }: CurveRun): string[] {
  const segments = name.split('/');
  const files = pieces.length === 1 ? pieces[0]!.log.files.map(({ path }) => path) : [];
  return [
    name,
    ...files,
    ...files.map((path) => path.slice(path.lastIndexOf('/') + 1)),
    ...segments.map((_, i) => segments[segments.length - 1 - i]!),
    ...segments.map((_, i) => segments.slice(0, segments.length - i).join('/')),
  ];
}

/** Under the names that the files give. */
function logSources({ pieces }: CurveRun): Source[] {
  const seen = new Map<string, Source>();
  for (const { log, part, constants } of pieces) {
    const own =
      log.parts === undefined
        ? undefined
        : log.parts.hyperparameters.get(part[log.parts.column] ?? constants.get(log.parts.column) ?? '');
    for (const one of [...log.hyperparameters, ...(own === undefined ? [] : [own])]) {
      seen.set(one.from, one);
    }
  }
  return [...seen.values()];
}

/** Columns that tell runs apart, and those that are one in all rows of a run: weak, the learning rate may be a curve. */
function columnSources({ pieces }: CurveRun): Source[] {
  return pieces.flatMap(({ log, constants, part, chosen }) => {
    const values: Record<string, LevelValue> = {};
    for (const { name, key, strong } of chosen.identities) {
      const text = constants.get(key);
      if (text === undefined || text === '') continue;
      const tells = Object.hasOwn(part, name);
      const kept = key === 'seed' ? key : hyperparameterName(key);
      if (kept === null || (kept === key && strong && key !== 'seed')) continue;
      if (key === 'learningRate' && !tells && Object.keys(part).length === 0) continue;
      values[levelPath(kept)] = key === 'seed' ? text : typedLevel(levelPath(kept), text);
    }
    return Object.keys(values).length === 0 ? [] : [{ from: `the columns of ${placeOf(log)}`, values }];
  });
}

function merge(
  run: CurveRun,
  sources: readonly Source[],
  { ignore = [], absent = [] }: Choices,
  rest: string,
): ToldRun {
  const values: Record<string, LevelValue> = {};
  const from: Record<string, string> = {};
  for (const source of sources) {
    for (const [path, told] of Object.entries(source.values)) {
      if (ignore.includes(path)) continue;
      const value = path === 'seed' ? told : plainLevel(told);
      if (values[path] === undefined) {
        values[path] = value;
        from[path] = value === told ? source.from : `${source.from} (in single precision: ${told})`;
      } else if (!sameValue(values[path]!, value) && !(path === 'seed' && sameSeed(values[path]!, value)))
        throw contradiction(run, path, [values[path]!, from[path]!], [value, source.from]);
    }
  }
  for (const [path, value] of Object.entries(parseAbsent(absent))) {
    if (values[path] !== undefined) continue;
    values[path] = value;
    from[path] = '--absent';
  }
  const { seed = null, ...levels } = values;
  const { seed: seedFrom = null, ...origins } = from;
  return {
    run,
    values: levels,
    from: origins,
    seed: seed === null ? null : (seed as string | number),
    seedFrom,
    rest,
  };
}

/** `seed1` in a name and 1 in a file are one seed. */
function sameSeed(a: LevelValue, b: LevelValue): boolean {
  const [x, y] = [a, b].map((one) => String(one).match(/\d+/g));
  return x?.length === 1 && y?.length === 1 && Number(x[0]) === Number(y[0]);
}

/** The number that someone wrote, where a log holds it in single precision: 0.1 of 0.10000000149011612. */
function plainLevel(value: LevelValue): LevelValue {
  if (typeof value !== 'number' || Number.isInteger(value) || Math.fround(value) !== value) return value;
  for (let digits = 1; digits <= 6; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function contradiction(
  run: CurveRun,
  path: string,
  a: readonly [LevelValue, string],
  b: readonly [LevelValue, string],
): Error {
  const isSeed = path === 'seed';
  return requestError({
    what: isSeed ? 'two places tell different seeds' : `two places tell different levels of ${path}`,
    where: run.name,
    rule: isSeed ? 'one seed for each run' : 'one level of a hyperparameter for each run',
    value: `${levelLabel(a[0])} (${a[1]}) and ${levelLabel(b[0])} (${b[1]})`,
    advice: isSeed
      ? 'say where the seeds stand: --seeds name, --seeds COLUMN, or --seeds none (the runs are numbered)'
      : `mend one of them, leave the file out (--leave-out), or --ignore ${path}`,
  });
}
