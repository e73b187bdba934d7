/** Explicit trials of a study file. */
import { checkFactorPath, nameProblem } from './factors.js';
import { canonicalLevel, withLevels } from './levels.js';
import { canonicalJson } from './paths.js';
import { type Problem, valueText } from './problems.js';
import type { Factor, LevelValue, ResolvedStudy, RunConfiguration } from './types.js';

/** Checks each trial's levels by themselves and together; the same trial twice is a problem, but not in a record. */
export function resolveTrials(
  input: readonly Readonly<Record<string, unknown>>[],
  baseline: RunConfiguration,
  factors: readonly Factor[],
  isRecord = false,
): { readonly trials: ResolvedStudy['trials'] } | { readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const trials: Record<string, LevelValue>[] = [];
  const first = new Map<string, number>();
  for (const [i, levels] of input.entries()) {
    const unknown = Object.keys(levels).flatMap(
      (path) => checkFactorPath(path, `trials.${i}.${path}`, baseline) ?? [],
    );
    for (const problem of unknown) problems.push(problem);
    if (unknown.length > 0) continue;
    const result = withLevels(baseline, levels);
    if ('problems' in result) {
      const byName = Object.entries(levels).flatMap(
        ([path, level]) => nameProblem(`trials.${i}.${path}`, path, [level], baseline) ?? [],
      );
      const told = result.problems.map((one) => ({ ...one, path: `trials.${i}.${one.path}` }));
      for (const problem of byName.length > 0 ? byName : told) problems.push(problem);
      continue;
    }
    const text = canonicalJson(result.configuration);
    const before = first.get(text);
    if (before !== undefined && !isRecord) problems.push(repeatedTrial(levels, i, before));
    first.set(text, before ?? i);
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

function repeatedTrial(levels: Readonly<Record<string, unknown>>, i: number, before: number): Problem {
  return {
    path: `trials.${i}`,
    what: `this is the same configuration as trials.${before}`,
    rule: 'each trial once; more runs of one trial are more seeds',
    value: valueText(levels),
    advice: 'take one of the two away',
  };
}
