/** Simple effects: what one step of a factor does at each level of another one, behind a confirmed interaction. */

import type { Outcome } from '../../stats/decision.js';
import type { GroupedStudy } from '../trials/study.js';
import { factorLevelLabel, levelKey } from '../words/labels.js';
import type { SimpleEffect } from '../words/results.js';
import { decideContrasts, measureContrast } from './decide.js';
import { type DeclaredContrast, type LevelStep, stepCells } from './family.js';
import { untrainedIn } from './untrained.js';

/** The effect of a step at every level of the factor `on`, which a confirmed interaction has shown to matter. */
export interface SimpleEffects {
  readonly step: LevelStep;
  /** Path of the factor on which it depends. */
  readonly on: string;
  /** In the study's order of levels. */
  readonly at: readonly SimpleEffect[];
  /**
   * `true`: two effects, both confirmed, are of opposite sign, or one is confirmed and another equivalent to zero.
   * `false`: the interaction is confirmed, and the effects differ in size only, as far as is known.
   */
  readonly depends: boolean;
}

/** Decided with Holm's correction among them, at the look's level, and only behind the confirmed interaction. */
export function simpleEffects(
  study: GroupedStudy,
  item: DeclaredContrast,
  step: LevelStep,
  on: string,
): SimpleEffects | null {
  const { records, trials, metric } = study;
  const factors = records.study.factors.filter(({ role }) => role === 'scientific');
  const levels = factors.find(({ path }) => path === on)?.levels ?? [];
  const items = levels.map((level) => {
    const id = `${item.id} at ${factorLevelLabel(on, level)}`;
    const base: DeclaredContrast = { ...item, id, kind: 'level', steps: [step] };
    const contrast = { ...base, ...stepCells(records.study, trials, factors, [step], { [on]: level }) };
    const measured = measureContrast(records.study, contrast, metric);
    return { level, contrast, measured, usable: measured.interval !== null };
  });
  const decisions = decideContrasts(records, items);
  const at = items.flatMap(
    ({ level, contrast, measured }, i): (SimpleEffect & { readonly outcome: Outcome })[] => {
      const decision = decisions[i]!;
      if (decision.status !== 'ok' || measured.estimate === null || measured.interval === null) return [];
      const { testedP: p, holmP, outcome } = decision;
      const { estimate, interval, n } = measured;
      const untrained = untrainedIn(study, contrast);
      return [
        { where: factorLevelLabel(on, level), level, estimate, interval, untrained, n, p, holmP, outcome },
      ];
    },
  );
  if (at.length < 2) return null;
  return {
    step,
    on,
    at: at.map(({ outcome: _, ...rest }) => rest),
    depends: at.some((one, i) => at.slice(i + 1).some((other) => opposed(one, other))),
  };
}

type Judged = Pick<SimpleEffect, 'estimate'> & { readonly outcome: Outcome };

/** "Significant here and not there" is no opposition. */
function opposed(a: Judged, b: Judged): boolean {
  const outcomes = [a.outcome, b.outcome];
  if (outcomes.every((one) => one === 'different')) return a.estimate * b.estimate < 0;
  return outcomes.includes('different') && outcomes.includes('equivalent');
}

/** Whether a step is that of one of the effects. */
export function sameStep(a: LevelStep, b: LevelStep): boolean {
  return a.path === b.path && levelKey(a.level) === levelKey(b.level);
}
