/** Runs of two sides that are one and the same: what was varied did not reach what trains, or changes nothing there. */
import type { LoadedRun, MetricsRow } from '../../store/records.js';
import { canonicalJson } from '../../study/paths.js';
import type { RunGroup } from '../trials/runGroup.js';
import type { DeclaredContrast } from './family.js';

/** Told of the run's surroundings, or of what it was asked for: equal runs may differ in them. */
const unmeasured: ReadonlySet<string> = new Set(['epoch', 'learningRate', 'imagesPerSecond', 'seconds']);

/** Whether each cell has, seed by seed and epoch by epoch, the values of the one that differs from it in one step only. */
export function areSameRuns({ cells, steps }: Pick<DeclaredContrast, 'cells' | 'steps'>): boolean {
  const [a, b] = cells;
  if (a === undefined || b === undefined) return false;
  if (cells.length === 2) return sameGroups(a.cell, b.cell);
  return steps.some(({ path }) => {
    const partners = new Map<string, RunGroup>();
    return cells.every(({ cell }) => {
      const rest = canonicalJson({ ...cell.levels, [path]: null });
      const other = partners.get(rest);
      if (other === undefined) partners.set(rest, cell);
      return other === undefined || sameGroups(cell, other);
    });
  });
}

function sameGroups(a: RunGroup, b: RunGroup): boolean {
  const bySeed = new Map(b.runs.map((run) => [run.record.seed.label, run]));
  const pairs = a.runs.flatMap((run) => {
    const other = bySeed.get(run.record.seed.label);
    return other === undefined ? [] : [[run, other] as const];
  });
  return pairs.length > 0 && pairs.every(([run, other]) => sameRun(run, other));
}

function sameRun({ metrics: a }: LoadedRun, { metrics: b }: LoadedRun): boolean {
  return a.length > 0 && a.length === b.length && a.every((row, i) => sameRow(row, b[i]!));
}

function sameRow(a: MetricsRow, b: MetricsRow): boolean {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => !unmeasured.has(name));
  return a.epoch === b.epoch && names.every((name) => (a[name] ?? null) === (b[name] ?? null));
}
