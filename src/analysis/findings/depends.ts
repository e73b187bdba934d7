/** What confirmed interactions do to the effects of their factors. */

import type { Decided } from '../../stats/decision.js';
import type { Result } from '../../stats/result.js';
import type { GroupedStudy } from '../trials/study.js';
import type { DeclaredContrast, DeclaredFamily } from './family.js';
import { type SimpleEffects, sameStep, simpleEffects } from './simple.js';

/** For every confirmed interaction contrast: the effects of either of its steps at the levels of the other factor. */
export function confirmedEffects(
  study: GroupedStudy,
  family: DeclaredFamily,
  decisions: readonly Result<Decided>[],
): SimpleEffects[] {
  return family.contrasts.flatMap((item, i) => {
    const decision = decisions[i]!;
    const [first, second] = item.steps;
    if (item.kind !== 'interaction' || first === undefined || second === undefined) return [];
    if (decision.status !== 'ok' || decision.outcome !== 'different') return [];
    return [
      simpleEffects(study, item, first, second.path),
      simpleEffects(study, item, second, first.path),
    ].filter((one) => one !== null);
  });
}

/** The effects that concern a contrast: an interaction's own, or those of a main effect's step; those that depend first. */
export function effectsOf(item: DeclaredContrast, all: readonly SimpleEffects[]): SimpleEffects | undefined {
  const [first, second] = item.steps;
  if (first === undefined) return undefined;
  const own = all.filter(({ step, on }) => {
    if (item.kind === 'level') return sameStep(step, first);
    if (item.kind !== 'interaction' || second === undefined) return false;
    return (sameStep(step, first) && on === second.path) || (sameStep(step, second) && on === first.path);
  });
  return own.find(({ depends }) => depends) ?? own[0];
}
