/** The contrasts that a study declares: levels against the baseline, main effects, interactions, explicit trials. */

import { type FactorStep, factorialCells } from '../../stats/factorial.js';
import type { StudyRecords } from '../../store/records.js';
import type { Factor, LevelValue, ResolvedStudy } from '../../study/types.js';
import { baselineLevels, keepsTheRest } from '../trials/levels.js';
import type { Levels, RunGroup } from '../trials/runGroup.js';
import type { GroupedStudy } from '../trials/study.js';
import { groupFinder, nuisancePaths } from '../trials/trials.js';
import { joinWords } from '../words/format.js';
import { factorLabel, factorLevelLabel, levelKey, levelLabel, levelsLabel } from '../words/labels.js';
import type { ComparedIn } from '../words/results.js';
import { type Held, heldOf } from './held.js';

export interface WeightedCell {
  readonly cell: RunGroup;
  readonly coefficient: number;
}

/** One factor's change, by its levels. */
export interface LevelStep {
  readonly path: string;
  readonly level: LevelValue;
  readonly reference: LevelValue;
}

export interface DeclaredContrast {
  /** Stable within a study: `learningRate=0.2`. */
  readonly id: string;
  readonly kind: 'level' | 'interaction' | 'trial';
  /** Path of the factor; `FACTOR x FACTOR`; of an explicit trial its name. */
  readonly factor: string;
  /** What is compared, and with what: `learning rate 0.2`, `0.05 (the baseline)`. Of an interaction its two factors. */
  readonly subject: string;
  readonly reference: string;
  readonly steps: readonly LevelStep[];
  /** Treated cells have positive coefficients; a contrast of two cells is `[treated, baseline]`. */
  readonly cells: readonly WeightedCell[];
  readonly held: Held;
  /** Why it cannot be tested, whatever is run; `null` where it can. */
  readonly problem: string | null;
}

/** What a finding says of its comparison. */
export function comparedIn({ id, kind, subject, steps }: DeclaredContrast): ComparedIn {
  if (kind === 'interaction') {
    return { id, kind, label: steps.map(({ path, level }) => factorLevelLabel(path, level)).join(' × ') };
  }
  return { id, kind, label: subject };
}

/** What a design compares. */
export interface DeclaredFamily {
  readonly contrasts: readonly DeclaredContrast[];
}

/** The confirmatory family of a study, in the study's order. Empty where the design declares no comparison. */
export function declaredFamily({ records, trials: cells }: GroupedStudy): DeclaredFamily {
  const { study } = records;
  const factors = study.factors.filter(({ role, range }) => role === 'scientific' && range === null);
  const compared = study.method.name === 'random' && study.selection === null ? [] : factors;
  return {
    contrasts: [
      ...compared.flatMap((factor) => levelContrasts(records, cells, compared, factor)),
      ...study.interactions.flatMap((pair) => interactionContrasts(records, cells, compared, pair)),
      ...trialContrasts(records, cells),
    ],
  };
}

/** What levels of a factor are compared with. */
function referenceLevel(study: ResolvedStudy, factor: Factor): LevelValue {
  return baselineLevels(study)[factor.path] ?? null;
}

function averagedText({ study }: StudyRecords, factors: readonly Factor[], own: Factor): string {
  const others = factors.filter((factor) => factor !== own && factor.levels.length > 1);
  if (study.method.name === 'one-factor' || others.length === 0) return '';
  return ` on average over ${joinWords(others.map(({ path }) => factorLabel(path)))}`;
}

function levelContrasts(
  records: StudyRecords,
  cells: readonly RunGroup[],
  factors: readonly Factor[],
  factor: Factor,
): DeclaredContrast[] {
  const reference = referenceLevel(records.study, factor);
  return factor.levels
    .filter((level) => levelKey(level) !== levelKey(reference))
    .map((level): DeclaredContrast => {
      const steps = [{ path: factor.path, level, reference }];
      return {
        id: `${factor.path}=${levelLabel(level)}`,
        kind: 'level',
        factor: factor.path,
        subject: factorLevelLabel(factor.path, level),
        reference: `${levelLabel(reference)} (the baseline)${averagedText(records, factors, factor)}`,
        steps,
        ...withHeld(records, [factor.path], factors, stepCells(records.study, cells, factors, steps)),
      };
    });
}

type Cells = Pick<DeclaredContrast, 'cells' | 'problem'>;

function withHeld(
  records: StudyRecords,
  varied: readonly string[],
  factors: readonly Factor[],
  cells: Cells,
): Cells & Pick<DeclaredContrast, 'held'> {
  return { ...cells, held: heldOf(records, { varied, factors, cells: cells.cells }) };
}

function interactionContrasts(
  records: StudyRecords,
  cells: readonly RunGroup[],
  factors: readonly Factor[],
  pair: readonly [string, string],
): DeclaredContrast[] {
  const [a, b] = pair.map((path) => factors.find((factor) => factor.path === path));
  if (a === undefined || b === undefined) return [];
  const others = (factor: Factor) => {
    const reference = referenceLevel(records.study, factor);
    return factor.levels
      .filter((level) => levelKey(level) !== levelKey(reference))
      .map((level): LevelStep => ({ path: factor.path, level, reference }));
  };
  return others(a).flatMap((first) =>
    others(b).map((second): DeclaredContrast => {
      const steps = [first, second];
      const id = steps.map(({ path, level }) => `${path}=${levelLabel(level)}`).join(' x ');
      return {
        id,
        kind: 'interaction',
        factor: `${a.path} x ${b.path}`,
        subject: factorLabel(a.path),
        reference: factorLabel(b.path),
        steps,
        ...withHeld(records, pair, factors, stepCells(records.study, cells, factors, steps)),
      };
    }),
  );
}

/** Explicit trials against the trial with the baseline's configuration. */
function trialContrasts(records: StudyRecords, cells: readonly RunGroup[]): DeclaredContrast[] {
  const baseline = cells.find(({ isBaseline }) => isBaseline);
  return cells
    .filter(({ isExplicit, isBaseline }) => isExplicit && !isBaseline)
    .map((cell): DeclaredContrast => {
      const { name, levels } = cell;
      const treated = [{ cell, coefficient: 1 }];
      const both = baseline === undefined ? treated : [...treated, { cell: baseline, coefficient: -1 }];
      const absent =
        baseline === undefined ? 'the study has no trial with the baseline’s configuration' : null;
      return {
        id: `trial ${name}`,
        kind: 'trial',
        factor: name,
        subject: cell.fullLabel,
        reference: 'the baseline',
        steps: [],
        cells: both,
        held: heldOf(records, { varied: Object.keys(levels), factors: [], cells: both }),
        problem: absent ?? baseline?.problem ?? null,
      };
    });
}

/** Cells and coefficients of one step (a main effect, averaged over the other factors) or two (an interaction). */
export function stepCells(
  study: ResolvedStudy,
  cells: readonly RunGroup[],
  factors: readonly Factor[],
  steps: readonly LevelStep[],
  at: Levels = {},
): Cells {
  const crossed = study.method.name === 'one-factor' ? [] : factors;
  const axes = crossed.map(({ path, levels }) => ({ path, levels: [...levels] }));
  for (const { path, level, reference } of steps) {
    if (!axes.some((axis) => axis.path === path)) axes.push({ path, levels: [reference, level] });
  }
  const tuned = nuisancePaths(study);
  const known = Object.entries(baselineLevels(study)).filter(([path]) => !tuned.includes(path));
  const fixed: Record<string, LevelValue> = { ...Object.fromEntries(known), ...at };
  const combinations = axes.reduce<Levels[]>(
    (all, { path, levels }) => all.flatMap((one) => levels.map((level) => ({ ...one, [path]: level }))),
    [fixed],
  );
  const indexOf = (path: string, level: LevelValue) =>
    axes.find((axis) => axis.path === path)?.levels.findIndex((one) => levelKey(one) === levelKey(level)) ??
    -1;
  const strange = steps.find(({ path, reference }) => indexOf(path, reference) < 0);
  if (strange !== undefined) {
    const level = factorLevelLabel(strange.path, strange.reference);
    return { cells: [], problem: `the design does not cross ${level}, the baseline’s level` };
  }
  const factorSteps = steps.map(
    ({ path, level, reference }): FactorStep => ({
      factor: axes.findIndex((axis) => axis.path === path),
      level: indexOf(path, level),
      reference: indexOf(path, reference),
    }),
  );
  const fixedAxes = Object.entries(at).flatMap(([path, level]) => {
    const axis = axes.findIndex((one) => one.path === path);
    return axis < 0 ? [] : [[axis, indexOf(path, level)] as const];
  });
  const design = { shape: axes.map(({ levels }) => levels.length), cells: combinations.map(() => []) };
  const coefficients = factorialCells(design, factorSteps, Object.fromEntries(fixedAxes));
  const designed = cells.filter(({ levels }) => keepsTheRest(study, levels));
  return weighted(designed, combinations, coefficients);
}

function weighted(
  cells: readonly RunGroup[],
  combinations: readonly Levels[],
  coefficients: readonly { readonly coefficient: number }[],
): Cells {
  const used: WeightedCell[] = [];
  const absent: string[] = [];
  const find = groupFinder(cells, Object.keys(combinations[0] ?? {}));
  for (const [i, levels] of combinations.entries()) {
    const { coefficient } = coefficients[i]!;
    if (coefficient === 0) continue;
    const cell = find(levels);
    if (cell === undefined) absent.push(levelsLabel(levels));
    else used.push({ cell, coefficient });
  }
  used.sort((a, b) => Number(b.coefficient > 0) - Number(a.coefficient > 0));
  const problem = absent.length === 0 ? null : `the design has no trial with ${absent.join('; nor with ')}`;
  const hopeless = used.find(({ cell }) => cell.problem !== null)?.cell.problem ?? null;
  return { cells: used, problem: problem ?? hopeless };
}
