/** What a study does that its author may not have meant: no mistake, but told before anything trains. */
import { commandNotes } from './commandNotes.js';
import { equalLevel, methodTrials } from './design.js';
import { formatLevel } from './format.js';
import { levelAt, withLevels } from './levels.js';
import { metricOf } from './metrics.js';
import { canonicalJson } from './paths.js';
import type { ResolvedStudy } from './types.js';

/** Remarks on the design, one line each. */
export function designNotes(study: ResolvedStudy): string[] {
  return [
    ...strangeBaselines(study),
    ...repeatedByTrials(study),
    ...tinyEffect(study),
    ...commandNotes(study),
  ];
}

/** As claims refuse it: a share written where points are meant. */
const leastPoints = 0.1;

function tinyEffect({ metric, smallestEffect }: ResolvedStudy): string[] {
  if (metricOf(metric.name).unit !== 'accuracy' || smallestEffect >= leastPoints) return [];
  const points = Number((100 * smallestEffect).toPrecision(6));
  return [
    `smallestEffect is in points of accuracy: ${smallestEffect} is less than a tenth of one; a share of ${smallestEffect} is smallestEffect: ${points}`,
  ];
}

/** One-factor: the baseline is a trial of its own, whether or not a factor lists its level. */
function strangeBaselines({ method, factors, baseline }: ResolvedStudy): string[] {
  if (method.name !== 'one-factor') return [];
  return factors
    .filter(({ role, range }) => role === 'scientific' && range === null)
    .filter(({ path, levels }) => !levels.some((level) => equalLevel(baseline, path, level)))
    .map(({ path, levels }) => {
      const own = formatLevel(levelAt(baseline, path));
      const listed = levels.map(formatLevel).join(', ');
      return `the baseline's ${path}, ${own}, is none of its levels ${listed}: it is trained as one more, and each of them is compared with it`;
    });
}

/** Explicit trials that the method makes anyway train nothing more. */
function repeatedByTrials(study: ResolvedStudy): string[] {
  if (study.trials.length === 0 || study.selection !== null) return [];
  const made = new Map(methodTrials(study).map((one) => [canonicalJson(one.configuration), one.name]));
  return study.trials.flatMap((levels, i) => {
    const result = withLevels(study.baseline, levels);
    const name = 'configuration' in result ? made.get(canonicalJson(result.configuration)) : undefined;
    return name === undefined ? [] : [`trials.${i} is the same as trial ${name}, and adds none`];
  });
}
