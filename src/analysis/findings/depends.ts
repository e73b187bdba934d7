/** "Depends on FACTOR": what a confirmed interaction does to the effects of its two factors. */

import type { Decided } from '../../stats/decision.js';
import type { Result } from '../../stats/result.js';
import type { GroupedStudy } from '../trials/study.js';
import { factorLevelLabel, levelKey } from '../words/labels.js';
import { decideContrasts, measureContrast } from './decide.js';
import { type DeclaredContrast, type DeclaredFamily, type LevelStep, stepCells } from './family.js';
import type { SimpleEffects } from './sentences.js';

/** Whose effect depends on what, and the two effects. */
export type Dependence = SimpleEffects;

/**
 * For every confirmed interaction contrast: the effect of either step at the two levels of the other one. It depends on
 * the other factor where both simple effects are confirmed and of opposite sign, or one is confirmed and the other
 * equivalent to zero. The two simple effects are decided with Holm's correction between them, at the look's level, and
 * only behind the confirmed interaction (which stands in the family).
 */
export function dependences(
  study: GroupedStudy,
  family: DeclaredFamily,
  decisions: readonly Result<Decided>[],
): Dependence[] {
  return family.contrasts.flatMap((item, i) => {
    const decision = decisions[i]!;
    const [first, second] = item.steps;
    if (item.kind !== 'interaction' || first === undefined || second === undefined) return [];
    if (decision.status !== 'ok' || decision.outcome !== 'different') return [];
    return [
      dependence(study, { item, step: first, on: second }),
      dependence(study, { item, step: second, on: first }),
    ].filter((one) => one !== null);
  });
}

interface Question {
  readonly item: DeclaredContrast;
  readonly step: LevelStep;
  readonly on: LevelStep;
}

function dependence({ records, trials, metric }: GroupedStudy, question: Question): Dependence | null {
  const { item, step, on } = question;
  const factors = records.study.factors.filter(({ role }) => role === 'scientific');
  const simple = [on.reference, on.level].map((level): DeclaredContrast => {
    const at = { [on.path]: level };
    const id = `${item.id} at ${factorLevelLabel(on.path, level)}`;
    const base = { ...item, id, kind: 'level' as const, steps: [step] };
    return { ...base, ...stepCells(records.study, trials, factors, [step], at) };
  });
  const items = simple.map((contrast) => {
    const measured = measureContrast(records.study, contrast, metric);
    return { contrast, measured, usable: measured.interval !== null };
  });
  const [first, second] = decideContrasts(records, items);
  if (first?.status !== 'ok' || second?.status !== 'ok') return null;
  const outcomes = [first.outcome, second.outcome];
  const opposite = outcomes.every((one) => one === 'different') && first.estimate * second.estimate < 0;
  const vanishes = outcomes.includes('different') && outcomes.includes('equivalent');
  if (!opposite && !vanishes) return null;
  const at = [
    { where: factorLevelLabel(on.path, on.reference), estimate: first.estimate },
    { where: factorLevelLabel(on.path, on.level), estimate: second.estimate },
  ];
  return { step, on: on.path, at };
}

/** The dependence that concerns a contrast: an interaction's own, or that of a main effect's step. */
export function dependenceOf(item: DeclaredContrast, all: readonly Dependence[]): Dependence | undefined {
  const concerns = (step: LevelStep) => (one: Dependence) =>
    one.step.path === step.path && levelKey(one.step.level) === levelKey(step.level);
  const [first, second] = item.steps;
  if (first === undefined) return undefined;
  if (item.kind === 'level') return all.find(concerns(first));
  if (item.kind !== 'interaction' || second === undefined) return undefined;
  return (
    all.find((one) => concerns(first)(one) && one.on === second.path) ??
    all.find((one) => concerns(second)(one) && one.on === first.path)
  );
}
