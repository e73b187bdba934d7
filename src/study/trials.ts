/** Explicit trials of a study file. */
import { checkFactorPath } from './factors.js';
import { canonicalLevel, withLevels } from './levels.js';
import { canonicalJson } from './paths.js';
import type { Problem } from './problems.js';
import type { Factor, LevelValue, ResolvedStudy, RunConfiguration } from './types.js';

/** Checks each trial's levels by themselves and together. */
export function resolveTrials(
  input: readonly Readonly<Record<string, unknown>>[],
  baseline: RunConfiguration,
  factors: readonly Factor[],
): { readonly trials: ResolvedStudy['trials'] } | { readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const trials: Record<string, LevelValue>[] = [];
  for (const [i, levels] of input.entries()) {
    const unknown = Object.keys(levels).flatMap((path) => checkFactorPath(path, `trials.${i}.${path}`) ?? []);
    problems.push(...unknown);
    if (unknown.length > 0) continue;
    const result = withLevels(baseline, levels);
    if ('problems' in result) {
      problems.push(...result.problems.map((one) => ({ ...one, path: `trials.${i}.${one.path}` })));
      continue;
    }
    const entries = Object.entries(levels).map(([path, level]) => {
      const canonical = canonicalLevel(result.configuration, path, level);
      const listed = factors.find((factor) => factor.path === path)?.levels;
      return [
        path,
        listed?.find((one) => canonicalJson(one) === canonicalJson(canonical)) ?? canonical,
      ] as const;
    });
    trials.push(Object.fromEntries(entries));
  }
  return problems.length > 0 ? { problems } : { trials };
}
