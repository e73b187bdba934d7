/** Logs and choices -> the reading plan and the curves it gives. Pure: bytes come from the logs. */

import { requestError } from '../base/errors.js';
import type { LevelValue } from '../study/types.js';
import { advise } from './advice.js';
import { type CheckedRun, decideCopies, lengthNotes } from './checks.js';
import type { Choices } from './choices.js';
import type { Log } from './formats/format.js';
import type { ImportedRun } from './importedRun.js';
import { type RunTable, type ToldRun, tellLevels } from './levels/assign.js';
import { chooseFactors } from './levels/factors.js';
import { hyperparameterOf } from './levels/hyperparameters.js';
import { numberSeeds, parseSeedTable } from './levels/seeds.js';
import { gatherNotes } from './notes.js';
import type { ReadingPlan } from './plan.js';
import { Planned, plannedLevels } from './planned.js';
import { planOf } from './planOf.js';
import { type Axis, decideAxis } from './reading/axis.js';
import { parseColumns } from './reading/columns.js';
import { curvesOf } from './reading/curves.js';
import type { Metric } from './reading/headers.js';
import { type Piece, placeOf } from './reading/piece.js';
import { readAlone, readLog } from './reading/readLog.js';
import { type CurveRun, joinPieces } from './reading/runs.js';
import { decideUnits, parseUnits, refuseSigns, type UnitDecision, unitColumns } from './reading/units.js';

export interface ReadCurves {
  readonly plan: ReadingPlan;
  readonly runs: readonly ImportedRun[];
  /** Hyperparameters that are the same in all runs, by path. */
  readonly held: Readonly<Record<string, LevelValue>>;
}

export interface CurveSources {
  readonly logs: AsyncIterable<Log> | Iterable<Log>;
  readonly table: RunTable | null;
  /** What was passed over before anything was opened. */
  readonly leftOut: readonly { readonly file: string; readonly why: string }[];
  /** Told by formats while they read; grows. */
  readonly notes: readonly string[];
}

/** @throws a request error where two readings are possible, or where nothing can be read */
export async function readCurves(
  sources: CurveSources,
  choices: Choices,
  as: ReadingPlan | null = null,
): Promise<ReadCurves> {
  const planned = as === null ? null : new Planned(as);
  const found: Piece[] = [];
  const unplanned: string[] = [];
  const ignorable = new IgnorableNames(choices);
  for await (const log of sources.logs) {
    ignorable.addLog(log);
    if (planned !== null && !planned.reads(log)) {
      if (!planned.leavesOut(placeOf(log))) unplanned.push(placeOf(log));
      continue;
    }
    const read = await readLog(log, { choices, told: planned?.told.bind(planned) });
    ignorable.addPieces(read);
    for (const piece of read) if (planned === null || planned.knows(piece)) found.push(piece);
  }
  const pieces = await readAlone(found);
  if (planned === null) refuseUnfound(pieces, choices);
  planned?.refuseUnmet(pieces);
  const joined = joinPieces(pieces, planned === null ? null : (piece) => planned.runWith(piece));
  const leftOut = as?.leftOut ?? [...sources.leftOut, ...joined.leftOut];
  if (joined.runs.length === 0) throw nothingRead(leftOut);
  const levels =
    planned === null ? toldLevels(joined.runs, sources, choices) : repeated(joined.runs, planned, unplanned);
  const axis = decideAxis(joined.runs, choices, planned === null ? null : (piece) => planned.firstOf(piece));
  if (planned === null) refuseSigns(joined.runs);
  const units =
    planned === null
      ? decideUnits(unitColumns(joined.runs), parseUnits(choices.unit ?? []))
      : { units: planned.units(joined.runs), notes: [] };
  const names = shownNames(joined.runs);
  const all = joined.runs.map(
    (run, i): ImportedRun => ({
      name: names[i]!,
      run,
      levels: levels.factors[i]!,
      seed: levels.seeds[i]!,
      told: levels.told?.[i] ?? null,
      curves: curvesOf(run, axis, units.units, choices.until),
    }),
  );
  refuseFarEnd(all, choices);
  const known = [...sources.notes, ...ignorable.idle()];
  return decide(all, { sources: { ...sources, notes: known }, choices, leftOut, axis, units, ...levels });
}

/** More epochs than a study may have; mostly times, or steps. */
const MOST_EPOCHS = 1_000_000;

/** @throws a request error where no run reaches the epoch of --until, or one goes on for ever */
function refuseFarEnd(all: readonly ImportedRun[], { until }: Choices): void {
  const endOf = ({ curves }: ImportedRun) => curves.end;
  const longest = all.reduce((most, run) => (endOf(run) > endOf(most) ? run : most));
  const end = endOf(longest);
  if (end > MOST_EPOCHS) {
    throw requestError({
      what: 'a run has too many epochs',
      where: placeOf(longest.run.pieces[0]!.log),
      rule: `at most ${MOST_EPOCHS}`,
      value: String(end),
      ...advise([['if that column holds times: ', { choice: 'axis', value: 'row' }]]),
    });
  }
  if (until === undefined || end >= until || all.some(({ curves }) => curves.diverged !== null)) return;
  throw requestError({
    what: 'no run reaches the epoch at which --until cuts',
    where: '--until',
    rule: `at most ${end}, where the longest run ends`,
    value: String(until),
  });
}

/** What --ignore may name: of all that is looked at, whether it is read or left out. */
class IgnorableNames {
  readonly #names = new Set<string>();
  readonly #ignored: readonly string[];

  constructor({ ignore = [] }: Choices) {
    this.#ignored = ignore;
  }

  addLog(log: Log): void {
    if (this.#ignored.length === 0) return;
    for (const name of namesIn(log)) this.#names.add(name);
    for (const { values } of log.hyperparameters)
      for (const name of Object.keys(values)) this.#names.add(name);
  }

  /** Of one log. */
  addPieces(pieces: readonly Piece[]): void {
    if (this.#ignored.length === 0) return;
    for (const { chosen } of pieces) for (const { key } of chosen.identities) this.#names.add(key);
  }

  /** What nothing has: most likely a slip. */
  idle(): string[] {
    const isKey = (name: string) => hyperparameterOf(name) !== null || name.startsWith('imported.');
    return this.#ignored
      .filter((name) => !this.#names.has(name) && !isKey(name))
      .map((name) => `--ignore ${name}: no file has a column or hyperparameter of that name`);
  }
}

interface Levels {
  readonly told: readonly ToldRun[] | null;
  readonly factors: readonly Readonly<Record<string, LevelValue>>[];
  readonly held: Readonly<Record<string, LevelValue>>;
  readonly seeds: readonly number[];
  readonly table: Readonly<Record<string, number>> | null;
  readonly notes: readonly string[];
}

function toldLevels(runs: readonly CurveRun[], { table }: CurveSources, choices: Choices): Levels {
  const told = tellLevels(runs, choices, table);
  refuseNoSeeds(told, choices);
  const { factors, held, notes } = chooseFactors(told, choices);
  const named = told.map((one, i) => ({ name: one.run.name, levels: factors[i]!, seed: one.seed }));
  const seeds = numberSeeds(named, parseSeedTable(choices.seed ?? []));
  return { told, factors, held, seeds: seeds.numbers, table: seeds.table, notes: [...notes, ...seeds.notes] };
}

function refuseNoSeeds(told: readonly ToldRun[], { seeds }: Choices): void {
  const without = told.find(({ seed }) => seed === null);
  if (seeds === undefined || seeds === 'none' || without === undefined) return;
  throw requestError({
    what:
      seeds === 'name' ? 'a name tells no seed' : 'a run has no such column or hyperparameter with its seed',
    where: without.run.name,
    rule: '--seeds name, --seeds COLUMN (one number or word in each run), or --seeds none',
    value: seeds,
  });
}

/** A metric that --columns names in logs that hold a part of a run each must stand in one of them. */
function refuseUnfound(pieces: readonly Piece[], { columns = [] }: Choices): void {
  for (const [metric, name] of Object.entries(parseColumns(columns))) {
    if (name === '' || metric === 'epoch' || metric === 'step') continue;
    if (pieces.some(({ chosen }) => chosen.metrics[metric as Metric] !== undefined)) continue;
    throw requestError({
      what: 'no file has a column that --columns names',
      where: '--columns',
      value: `${metric}=${name}`,
      rule: `one of ${[...new Set([...new Set(pieces.map(({ log }) => log))].flatMap(namesIn))].slice(0, 20).join(', ')}`,
    });
  }
}

function namesIn({ known, table }: Log): readonly string[] {
  return table.columns.map((name) => known?.names?.[name] ?? name);
}

function repeated(runs: readonly CurveRun[], planned: Planned, unplanned: readonly string[]): Levels {
  const more = unplanned.length > 6 ? ` and ${unplanned.length - 6} more` : '';
  const notes = [
    'read as a plan says that was made before',
    ...(unplanned.length === 0
      ? []
      : [`not read, for the plan does not name them: ${unplanned.slice(0, 6).join(', ')}${more}`]),
  ];
  return { told: null, ...plannedLevels(runs, planned), table: planned.plan.seeds ?? null, notes };
}

interface Decided {
  readonly sources: CurveSources;
  readonly choices: Choices;
  readonly leftOut: readonly { readonly file: string; readonly why: string }[];
  readonly held: Readonly<Record<string, LevelValue>>;
  readonly axis: Axis;
  readonly units: UnitDecision;
  readonly table: Readonly<Record<string, number>> | null;
  readonly notes: readonly string[];
}

function decide(all: readonly ImportedRun[], context: Decided): ReadCurves {
  const { choices, sources, axis, units } = context;
  const checked = all.map(toChecked);
  const copies = decideCopies(checked);
  const runs = all.filter((_, i) => !copies.dropped.has(i));
  refuseTwins(runs);
  const lengths = lengthNotes(
    checked.filter((_, i) => !copies.dropped.has(i)),
    choices.finished,
  );
  const untilNotes = choices.until === undefined ? [] : [`all runs are cut after epoch ${choices.until}`];
  const notes = [
    ...sources.notes,
    ...axis.notes,
    ...units.notes,
    ...context.notes,
    ...all.flatMap(({ run }) => run.pieces.flatMap((piece) => piece.notes)),
    ...all.flatMap(({ curves }) => curves.notes),
    ...untilNotes,
    ...copies.notes,
    ...lengths,
  ];
  const leftOut = [
    ...context.leftOut,
    ...[...copies.dropped].map(([i, why]) => ({ file: all[i]!.name, why })),
  ];
  const plan = planOf(runs, {
    choices,
    axis,
    units: units.units,
    leftOut,
    seeds: context.table,
    held: context.held,
    notes: gatherNotes([...new Set(notes)], placesIn(all)),
  });
  return { plan, runs, held: context.held };
}

/** What notes speak of: files and runs. */
function placesIn(all: readonly ImportedRun[]): ReadonlySet<string> {
  const places = new Set(all.map(({ name }) => name));
  for (const { run } of all)
    for (const { log } of run.pieces) {
      places.add(log.name);
      for (const { path } of log.files) places.add(path);
    }
  return places;
}

function toChecked({ name, levels, seed, curves }: ImportedRun): CheckedRun {
  const { epochs, values, diverged } = curves;
  return { name, levels, seed, epochs, values, diverged: diverged !== null };
}

/** How many folders all runs share; of a run alone all of them. */
function sharedFolders(all: readonly CurveRun[]): number {
  const paths = all.map(({ name }) => name.split('/'));
  const [first] = paths;
  const most = paths.reduce((least, path) => Math.min(least, path.length - 1), Number.POSITIVE_INFINITY);
  if (all.length === 1) return most;
  let shared = 0;
  while (shared < most && paths.every((path) => path[shared] === first![shared])) shared += 1;
  return shared;
}

/** Each by its path below the folders that all runs share, or by what tells it from other runs of its file. */
function shownNames(runs: readonly CurveRun[]): string[] {
  const shared = sharedFolders(runs);
  const names = runs.map(({ name, pieces }) => {
    const parts = Object.entries(pieces[0]!.part);
    const isNamed = parts.length < 2 && parts.every(([column]) => column !== 'seed');
    if (isNamed) return name.split('/').slice(shared).join('/');
    return parts.map(([column, text]) => `${column} ${text}`).join(', ');
  });
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name, i) => {
    if (counts.get(name) === 1) return name;
    const file = placeOf(runs[i]!.pieces[0]!.log);
    return Object.keys(runs[i]!.pieces[0]!.part).length === 0 ? file : `${file}: ${name}`;
  });
}

function nothingRead(leftOut: readonly { readonly file: string; readonly why: string }[]): Error {
  const [first] = leftOut;
  return requestError({
    what:
      first === undefined
        ? 'there is no file of curves to import'
        : 'no file holds a curve that could be read',
    ...(first === undefined ? {} : { where: first.file, value: first.why }),
    advice: "name files or folders of logs; columns by other names: --columns 'trainLoss=Loss (train)'",
  });
}

function refuseTwins(runs: readonly ImportedRun[]): void {
  const seen = new Map<string, ImportedRun>();
  for (const run of runs) {
    const key = `${JSON.stringify(Object.entries(run.levels).sort())} ${run.seed}`;
    const other = seen.get(key);
    seen.set(key, run);
    if (other === undefined) continue;
    throw requestError({
      what: 'two runs have the same configuration and seed, and other curves',
      where: `${other.name} and ${run.name}`,
      rule: 'one run for each configuration and seed',
      value: `${Object.entries(run.levels)
        .map(([path, level]) => `${path} ${JSON.stringify(level)}`)
        .join(', ')} seed ${run.seed}`.trim(),
      advice: `one of them is a broken-off or repeated attempt: --leave-out '${placeOf(run.run.pieces[0]!.log)}'; repeats: {seed} in --levels, or --seeds COLUMN; another factor stands in the names: --levels '...{activation}...'`,
    });
  }
}
