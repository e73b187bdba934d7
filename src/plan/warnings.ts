/** What a person should know before a study is trained. */
import { count, formatNumber, joinWords } from '../analysis/words/format.js';
import { factorLabel } from '../analysis/words/labels.js';
import { decaySteps } from '../study/decaySteps.js';
import { continuesWithMoreEpochs } from '../study/expand.js';
import { designNotes } from '../study/notes.js';
import type { ResolvedStudy, Trial } from '../study/types.js';
import type { PlannedDeviation } from './power.js';

/** Warnings about the design itself. */
export function designWarnings(study: ResolvedStudy): string[] {
  return [
    ...designNotes(study),
    ...seedWarnings(study),
    ...interactionWarnings(study),
    ...conditionWarnings(study),
  ];
}

function seedWarnings({ seeds, seedStreams }: ResolvedStudy): string[] {
  const warnings: string[] = [];
  if (seeds.length === 1)
    warnings.push('one seed carries no verdict: it shows these runs, and not what would happen again');
  if (seedStreams === 'data')
    warnings.push('only the order and augmentation vary from seed to seed; the initial weights are the same');
  if (seedStreams === 'initial')
    warnings.push('only the initial weights vary from seed to seed; the order and augmentation are the same');
  return warnings;
}

function interactionWarnings({ method, factors, interactions, trials }: ResolvedStudy): string[] {
  if (method.name !== 'one-factor') return [];
  const names = factors.filter(({ role }) => role === 'scientific').map(({ path }) => path);
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
  const examined = trials.length === 0 ? [] : interactions;
  const open = pairs.filter(([a, b]) => !examined.some((pair) => pair.includes(a) && pair.includes(b)));
  if (open.length === 0) return [];
  const words = open.map(([a, b]) => `${factorLabel(a)} × ${factorLabel(b)}`);
  return [`a one-factor study cannot see interactions; not examined: ${joinWords(words)}`];
}

function conditionWarnings({ baseline, report }: ResolvedStudy): string[] {
  const warnings: string[] = [];
  if (report.miniatureOf !== null)
    warnings.push(
      `a miniature of ${report.miniatureOf}: effects, and even their signs, are not those of the full study`,
    );
  const { splitSeed } = baseline.dataset;
  if (baseline.command !== undefined) return warnings;
  if (splitSeed !== 'per-seed')
    warnings.push(
      `one split (seed ${splitSeed}): results are conditional on it; dataset.splitSeed: per-seed varies it`,
    );
  return warnings;
}

/** Weight decay that acts over more steps than a run has. */
export function weightDecayWarnings(
  trials: readonly { readonly trial: Trial; readonly steps: number }[],
): string[] {
  const short = trials.flatMap(({ trial, steps }) => {
    const { learningRate, weightDecay } = trial.configuration;
    const needed = decaySteps(trial.configuration);
    return needed !== null && needed > steps ? [{ weightDecay, learningRate, needed, steps }] : [];
  });
  const unique = new Map(short.map((one) => [`${one.weightDecay} ${one.learningRate} ${one.steps}`, one]));
  const shown = [...unique.values()].slice(0, 3).map(({ weightDecay, learningRate, needed, steps }) => {
    const pair = `weight decay ${weightDecay} at learning rate ${learningRate}`;
    return `${pair} acts over about ${formatNumber(Math.round(needed))} steps, a run has ${formatNumber(steps)}`;
  });
  const more = unique.size - shown.length;
  return more > 0
    ? [...shown, `and ${count(more, 'more such pair')} of weight decay and learning rate`]
    : shown;
}

/** More epochs continue a run only where its schedule does not depend on their number. */
export function epochWarnings(
  before: ResolvedStudy | null,
  study: ResolvedStudy,
  trials: readonly Trial[],
): string[] {
  if (before === null) return [];
  const [was, is] = [before, study].map(({ baseline }) => baseline.training.epochs);
  if (was >= is) return [];
  const anew = trials.filter(({ configuration }) => !continuesWithMoreEpochs(configuration));
  if (anew.length === 0) return [];
  return [
    `${was} epochs became ${is}: ${count(anew.length, 'trial')} of ${trials.length} must train anew, because the schedule spans all epochs (${anew
      .slice(0, 3)
      .map(({ name }) => name)
      .join('; ')}${anew.length > 3 ? '; ...' : ''})`,
  ];
}

/** Fewer validation images than this make the deviation between seeds larger than the default. */
const usualValidation = 5000;

/** The default deviation was measured with 10,000 validation images. */
export function deviationWarnings(deviation: PlannedDeviation | null, validation: number): string[] {
  if (deviation?.source !== 'default' || validation >= usualValidation) return [];
  return [
    `the default deviation is that of 10000 validation images, and this study has ${validation}: expect a larger one; a few seeds measure it, or give --deviation`,
  ];
}
